/* See engine_nftables_library.h. Source: libnftables(3). */
#include "proxy/engine/engine_nftables_library.h"

#include "base/library.h"

#include <nftables/libnftables.h>
#include <string.h>

enum { SAID_MOST = 300 };

typedef struct Nftables {
    struct nft_ctx *(*new)(uint32_t flags);
    void (*free)(struct nft_ctx *context);
    void (*set_flags)(struct nft_ctx *context, unsigned int flags);
    int (*buffer_output)(struct nft_ctx *context);
    int (*buffer_error)(struct nft_ctx *context);
    const char *(*output)(struct nft_ctx *context);
    const char *(*error)(struct nft_ctx *context);
    int (*run)(struct nft_ctx *context, const char *commands);
} Nftables;

/* ---- opening ---- */

static const LibraryFunction functions[] = {
    {"nft_ctx_new",               offsetof(Nftables, new)          },
    {"nft_ctx_free",              offsetof(Nftables, free)         },
    {"nft_ctx_output_set_flags",  offsetof(Nftables, set_flags)    },
    {"nft_ctx_buffer_output",     offsetof(Nftables, buffer_output)},
    {"nft_ctx_buffer_error",      offsetof(Nftables, buffer_error) },
    {"nft_ctx_get_output_buffer", offsetof(Nftables, output)       },
    {"nft_ctx_get_error_buffer",  offsetof(Nftables, error)        },
    {"nft_run_cmd_from_buffer",   offsetof(Nftables, run)          },
};

static const Library nftables_library = {
    .name = "libnftables",
    .file = "libnftables.so.1",
    .hint = "Install libnftables1, which the package nftables brings.",
    .functions = functions,
    .function_count = sizeof functions / sizeof functions[0],
};

static bool nftables_load(Nftables *out, Error *err)
{
    if (library_load(&nftables_library, out, err))
        return true;
    err->code = ERR_ENGINE;
    return false;
}

/* ---- running ---- */

/* "Error: Could not process rule: No such file or directory\nlist table inet x\n     ^^^^" */
static bool say_why(const char *said, Error *err)
{
    const char *cause = strstr(said, "Error: ");
    int length = 0;

    cause = cause ? cause + strlen("Error: ") : said;
    length = (int)strcspn(cause, "\n");
    length = length < SAID_MOST ? length : SAID_MOST;
    if (strstr(said, "Operation not permitted")) {
        (void)error_set(err, ERR_PERMISSION, "nftables: %.*s", length, cause);
        return error_hint(err, "Run it as root, or with the capability CAP_NET_ADMIN.");
    }
    return error_set(err, strstr(said, "No such file") ? ERR_NOT_FOUND : ERR_ENGINE,
                     "nftables: %.*s", length, length > 0 ? cause : "no reason was given");
}

static bool run(const Nftables *library, struct nft_ctx *context, const char *commands, Text *json,
                Error *err)
{
    const char *said = NULL;

    library->set_flags(context, NFT_CTX_OUTPUT_JSON);
    if (library->buffer_output(context) != 0 || library->buffer_error(context) != 0)
        return error_memory(err);
    if (library->run(context, commands) != 0) {
        said = library->error(context);
        return say_why(said ? said : "", err);
    }
    said = library->output(context);
    if (json && said)
        text_append(json, said);
    return !json || text_ok(json, err);
}

bool nftables_run(const char *commands, Text *json, Error *err)
{
    Nftables library = {0};
    struct nft_ctx *context = NULL;
    bool done = false;

    if (!nftables_load(&library, err))
        return false;
    context = library.new(NFT_CTX_DEFAULT);
    if (!context)
        return error_memory(err);
    done = run(&library, context, commands, json, err);
    library.free(context);
    return done;
}
