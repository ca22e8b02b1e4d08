/* public_keys: keys whose private halves nobody has, for checks of what may be trusted. Made with
 * `openssl genpkey -algorithm RSA`. */
#ifndef GODEPLOY_TESTS_DEPLOY_DOCTOR_PUBLIC_KEYS_H
#define GODEPLOY_TESTS_DEPLOY_DOCTOR_PUBLIC_KEYS_H

static const char good_key[] = /* 3072 bits, exponent 65537 */
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBojANBgkqhkiG9w0BAQEFAAOCAY8AMIIBigKCAYEAuXsDe2PTFf1ElcxXxl0p\n"
    "AiTkKBewAlqZbqS3cLVQn+bjaNMeKL6IV+fO/pBDlOsKPa3M/fHpbdZsWCagHxga\n"
    "ZNfjYKvf6YNhubxMuOZfspCsJ//IxFBaiPNcLtRcAEPE5cxEUnfXhxM4oUqmHNOo\n"
    "HA5sQ9x7oXt0m8WrpuncGuoXIYLNk8OS8Z2hn+eYj/LeZV0CjiI87EVnMTzueCgE\n"
    "4dTsmmCQFok6ou77m3Sikw8aA6ZFosYSPN0tM+bnhWQaHxpO2y6mfDo5f0gqOe3E\n"
    "MJx4uryuW7ETqvVYNV5hOpXieJ5C+DqLMlnjWEW3iuaGwhWapdZXQ2ZpL6WUGkK5\n"
    "Gigz6D4FH4wpQYTznwjTBBhEdDLGLxJHvM94a3HieUPEXa6qZcrSp7EYOzux8X5F\n"
    "37B6wNxGHKlNNzW2WsWLBidYhyotLILUKAMYAzkoxFNtuXW+rSRrcp6M/Pr4SdIu\n"
    "IjJsoTxhcILSYhTzQ6Tb/I2hv75kQwGFkAYrlgXK+3CXAgMBAAE=\n"
    "-----END PUBLIC KEY-----\n";

static const char short_key[] = /* 2048 bits */
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr3Rj34WZMefvjpfiXC0d\n"
    "hfiMNvRqocwulX+dGoBTjHl954OCkhBPBTdby6UoPXnzqBid2VE5QrS2As+BEG15\n"
    "b7WIDNQ2YipliFtz25bVF3ByrDNJD3D+o+3eoGnN+tSVn195k/71/rufSPp6FLz9\n"
    "nNe/HNVRiZ9uYlJt9VLF6oD73tyV1jphzWKOnCwiEjr9HPFzoY0Em6RY2AU5u9gT\n"
    "Buzw3vLhfudTmD0SP4RH3u1WCAnV4PqfuoW0qVqcJNSr57c/fokk+BpaO6enHVYl\n"
    "0TWkeY3alTymZrm7x29dQIl1P1Ad7XBA0MxcMgyXOAnNoLRTN7WXqtV2Z46LuV8Z\n"
    "6wIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

static const char weak_key[] = /* exponent 3 */
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBoDANBgkqhkiG9w0BAQEFAAOCAY0AMIIBiAKCAYEAvAGFLcnroKLri5ZYT5xQ\n"
    "PZWPoo6s0u1+An7ayXhuvsVwwzej+NgnupkTTd59JYNhJcafQXLBb35ro8JfqWoV\n"
    "DDZ0/CK3Ds4fXeqoIPDjv6XErBgwOnYybr1K39mCuEKdwPXI4tp0VU9/A5USy+7T\n"
    "sB40K8TEEEXTvBrKggsl1UwzIP0WnUL0DOcts4wQUtYtp2S0gHN3zVSwAUwtsiJK\n"
    "H6Ay8sE0/227WtHaopk1zRllhFDtRP/mwBAvGHdPNh4+zwghEgCe+6RnjSDfTEoK\n"
    "Oe+spsuF/cZr1MLPED8+Njw3ArQ7+FbiiEjMpTIZ1tKE0AqNlgr6Iv3w+cs+JuKb\n"
    "YiOe4k/jUhNQQeIn1+TpQgQRp6+bNTe/vzhKfOtmbTjxov3lEPcN10CaI6buKtwS\n"
    "n1/lkzHSGEoY7DaZv24x0bu0pu+7DNVh4jy2KlvclppWeUYKfu3PeotyaLNzaf1J\n"
    "nWtrJsdoVDbx+f2EirdJKygBV6OBct9FSDcTE4JYmQ7vAgED\n"
    "-----END PUBLIC KEY-----\n";

#endif
