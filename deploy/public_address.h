/* public_address: may the traffic engine listen where clients come to? For an engine that listens
 * itself, before it does: plan and doctor tell it, and no deployment begins without. */
#ifndef GODEPLOY_DEPLOY_PUBLIC_ADDRESS_H
#define GODEPLOY_DEPLOY_PUBLIC_ADDRESS_H

#include "deploy/app.h"

/* `view` shows that the engine has it already, or it is free: else ERR_ENGINE with who has it, or
 * why else not, and what to do. */
bool public_address_is_ours(const EngineView *view, const Address *listen, Error *err);

/* All of those in the settings. One that is just being given back is waited for. */
bool public_addresses_are_ours(const App *app, Error *err);

#endif
