/* SipHash-2-4, by the vectors of its authors: key 00 01 .. 0f, messages 00, 00 01, and so on.
 * Source: appendix A of the paper (length 15), and vectors.h of their reference code. */
#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct Vector {
    size_t length;
    uint64_t hash;
} Vector;

static const Vector vectors[] = {
    {0,  0x726fdb47dd0e0e31},
    {1,  0x74f839c593dc67fd},
    {2,  0x0d6c8009d9a94f5a},
    {3,  0x85676696d7fb7e2d},
    {4,  0xcf2794e0277187b7},
    {7,  0xab0200f58b01d137},
    {8,  0x93f5f5799a932462},
    {15, 0xa129ca6149be45e5},
};

static void each_vector_of_its_authors_is_met(void **state)
{
    uint8_t key[SIPHASH_KEY_BYTES];
    uint8_t message[16];

    (void)state;
    for (uint8_t i = 0; i < sizeof key; i++) {
        key[i] = i;
        message[i] = i;
    }
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        assert_true(siphash(key, message, vectors[i].length) == vectors[i].hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_of_its_authors_is_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
