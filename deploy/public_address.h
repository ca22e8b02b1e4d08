/* public_address: may the traffic engine listen where clients come to? For an engine that listens
 * itself, before it does: plan and doctor tell it, and no deployment begins without. */
#ifndef GODEPLOY_DEPLOY_PUBLIC_ADDRESS_H
#define GODEPLOY_DEPLOY_PUBLIC_ADDRESS_H

#include "deploy/app.h"

/* ERR_ENGINE with who has it, or why else not, and what to do. Asks the system, not the engine: an
 * address that the engine has already is refused too. */
bool public_address_is_free(const Address *listen, Error *err);

/* All of them, unless the engine has them already. One that is just being given back is waited
 * for. */
bool public_addresses_are_ours(const App *app, Error *err);

#endif
