/* port_range: the ports that Windows gives to nobody, as netsh lists them:
 *
 *     Start Port    End Port
 *     ----------    --------
 *           5357        5357
 *          50000       50059     *
 *
 * Titles are in the language of the host; lines of two numbers are not. The star marks what an
 * administrator keeps: those ports can be listened on by who asks for them. The others cannot
 * (error 10013). Source: `netsh interface ipv4 show excludedportrange protocol=tcp`. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_PORT_RANGE_H
#define GODEPLOY_DEPLOY_DOCTOR_PORT_RANGE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct PortRange {
    uint16_t first, last;
    bool of_administrator;
} PortRange;

/* The range that `port` lies in; of several, one that nobody can have. */
bool port_range_find(const char *listed, uint16_t port, PortRange *out);

#endif
