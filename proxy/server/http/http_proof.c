/* See http_proof.h. */
#include "proxy/server/http/http_proof.h"

#include <string.h>

/* Takes as long for a wrong token as for a right one. */
static bool is_proof(Span value, const char *proof)
{
    size_t length = strlen(proof);
    unsigned char difference = 0;

    if (length == 0 || value.length != length)
        return false;
    for (size_t i = 0; i < length; i++)
        difference = (unsigned char)(difference | (value.at[i] ^ proof[i]));
    return difference == 0;
}

bool http_proof_is_given(const HttpHead *head, const char *proof)
{
    bool given = false;

    for (size_t i = 0; i < head->field_count; i++) {
        const HttpField *field = &head->fields[i];

        given |= field->known.name == NAME_GODEPLOY_PROOF && is_proof(field->value, proof);
    }
    return given;
}
