/* See engine_nftables_library.h. Source: libnftables(3). */
#include "proxy/engine_nftables_library.h"

#include "base/cleanup.h"

#include <nftables/libnftables.h>
#include <string.h>
#include <uv.h>

enum { SAID_MOST = 300 };

#define LIBRARY "libnftables.so.1"

typedef struct Library {
    uv_lib_t handle;
    bool open;
    struct nft_ctx *(*new)(uint32_t flags);
    void (*free)(struct nft_ctx *context);
    void (*set_flags)(struct nft_ctx *context, unsigned int flags);
    int (*buffer_output)(struct nft_ctx *context);
    int (*buffer_error)(struct nft_ctx *context);
    const char *(*output)(struct nft_ctx *context);
    const char *(*error)(struct nft_ctx *context);
    int (*run)(struct nft_ctx *context, const char *commands);
} Library;

/* ---- opening ---- */

#define FUNCTION(member, name)                                                                     \
    {                                                                                              \
        offsetof(Library, member), name                                                            \
    }

static const struct {
    size_t offset;
    const char *symbol;
} functions[] = {
    FUNCTION(new, "nft_ctx_new"),
    FUNCTION(free, "nft_ctx_free"),
    FUNCTION(set_flags, "nft_ctx_output_set_flags"),
    FUNCTION(buffer_output, "nft_ctx_buffer_output"),
    FUNCTION(buffer_error, "nft_ctx_buffer_error"),
    FUNCTION(output, "nft_ctx_get_output_buffer"),
    FUNCTION(error, "nft_ctx_get_error_buffer"),
    FUNCTION(run, "nft_run_cmd_from_buffer"),
};

static bool is_missing(Library *library, Error *err)
{
    (void)error_set(err, ERR_ENGINE, "libnftables cannot be loaded: %s",
                    uv_dlerror(&library->handle));
    return error_hint(err, "Install libnftables1, which the package nftables brings.");
}

static void library_close(Library *library)
{
    if (library->open)
        uv_dlclose(&library->handle);
    library->open = false;
}
#define CLEANUP_LIBRARY __attribute__((cleanup(library_close)))

static bool library_open(Library *library, Error *err)
{
    library->open = true; /* uv_dlclose() frees the words of a failure too */
    if (uv_dlopen(LIBRARY, &library->handle) != 0)
        return is_missing(library, err);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *function = NULL;

        if (uv_dlsym(&library->handle, functions[i].symbol, &function) != 0)
            return is_missing(library, err);
        memcpy((char *)library + functions[i].offset, &function, sizeof function);
    }
    return true;
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

static bool run(const Library *library, struct nft_ctx *context, const char *commands, Text *json,
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
    CLEANUP_LIBRARY Library library = {0};
    struct nft_ctx *context = NULL;
    bool done = false;

    if (!library_open(&library, err))
        return false;
    context = library.new(NFT_CTX_DEFAULT);
    if (!context)
        return error_memory(err);
    done = run(&library, context, commands, json, err);
    library.free(context);
    return done;
}
