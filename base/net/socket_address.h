/* socket_address: an Address as the system's calls want it, for the siblings that make them. */
#ifndef GODEPLOY_BASE_NET_SOCKET_ADDRESS_H
#define GODEPLOY_BASE_NET_SOCKET_ADDRESS_H

#include "base/net/address.h"

/* `out` is a struct sockaddr_storage; how much of it counts is returned. */
int socket_address_of(const Address *address, void *out);

#endif
