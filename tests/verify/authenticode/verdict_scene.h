/* verdict_scene: a program signed by the test authority, and what authenticode_check() says of it.
 *
 *     CLEANUP_SCENE VerdictScene scene = scene_open();
 *     scene_sign(&scene, &(SignaturePlan){.flaw = FLAW_DETACHED});
 *     assert_verdict(&scene, AUTHENTICODE_INVALID, "detached");
 */
#ifndef GODEPLOY_TESTS_VERIFY_AUTHENTICODE_VERDICT_SCENE_H
#define GODEPLOY_TESTS_VERIFY_AUTHENTICODE_VERDICT_SCENE_H

#include "tests/support/pe_signer.h"
#include "tests/verify/box.h"
#include "verify/authenticode/authenticode.h"

typedef struct VerdictScene {
    Box box;
    Authority authority;
    PeFile file;
    TextList ca, tsa_ca, crls, publishers;
    AuthenticodeOptions options; /* judged as of TEST_NOW_MS */
    AuthenticodeVerdict verdict; /* of the last assert_verdict() */
} VerdictScene;

static inline void scene_add(TextList *list, const char *item)
{
    Error err = {0};

    assert_true(text_list_add(list, item, &err));
}

/* A path of the box, for an identity that is to be an anchor. */
static inline const char *scene_write_anchor(VerdictScene *scene, const char *name,
                                             const Identity *identity)
{
    const char *path = box_path(&scene->box, name);

    certificate_write(path, identity);
    return path;
}

/* Anchors: the root for code, the root of the TSA for time. The program is not signed yet. */
static inline VerdictScene scene_open(void)
{
    const PePlan program = {.plus = true, .sections = 2};
    VerdictScene scene = {.box = box_open(),
                          .authority = authority_make(),
                          .file = pe_build(&program),
                          .options = {.at_ms = TEST_NOW_MS}};

    scene_add(&scene.ca, scene_write_anchor(&scene, "ca.pem", &scene.authority.root));
    scene_add(&scene.tsa_ca, scene_write_anchor(&scene, "tsa.pem", &scene.authority.tsa_root));
    return scene;
}

static inline void scene_close(VerdictScene *scene)
{
    box_close(&scene->box);
    authority_free(&scene->authority);
    pe_file_free(&scene->file);
    text_list_free(&scene->ca);
    text_list_free(&scene->tsa_ca);
    text_list_free(&scene->crls);
    text_list_free(&scene->publishers);
}
#define CLEANUP_SCENE __attribute__((cleanup(scene_close)))

/* Other anchors for code than the root; the list ends with NULL. */
static inline void scene_trust(VerdictScene *scene, const X509 *const *anchors)
{
    text_list_free(&scene->ca);
    scene_add(&scene->ca, box_path(&scene->box, "other.pem"));
    certificates_write(scene->ca.items[0], anchors);
}

/* What the plan leaves empty: the authority's signer, with the intermediate beside it. */
static inline SignaturePlan scene_plan(const VerdictScene *scene, const SignaturePlan *plan,
                                       const X509 *extra[2])
{
    SignaturePlan whole = *plan;

    extra[0] = scene->authority.intermediate.certificate;
    extra[1] = NULL;
    whole.signer = plan->signer ? plan->signer : &scene->authority.signer;
    whole.extra = plan->extra ? plan->extra : extra;
    return whole;
}

static inline void scene_sign(VerdictScene *scene, const SignaturePlan *plan)
{
    const X509 *extra[2];
    const SignaturePlan whole = scene_plan(scene, plan, extra);

    pe_sign(&scene->file, &whole);
}

/* A signature to be nested in another; the caller frees. */
static inline Text scene_nested(VerdictScene *scene, const SignaturePlan *plan)
{
    const X509 *extra[2];
    const SignaturePlan whole = scene_plan(scene, plan, extra);
    Text out = {0};

    signature_make(&scene->file, &whole, &out);
    return out;
}

/* ---- asking ---- */

typedef struct MemorySource {
    const uint8_t *bytes;
    size_t length;
    size_t at;
    int readings; /* begun */
} MemorySource;

static inline bool memory_read(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    MemorySource *memory = context;
    const size_t left = memory->length - memory->at;

    (void)err;
    memory->readings += memory->at == 0 && left > 0;
    *got = size < left ? size : left;
    memcpy(buffer, memory->bytes + memory->at, *got);
    memory->at += *got;
    return true;
}

static inline bool memory_rewind(void *context, Error *err)
{
    (void)err;
    ((MemorySource *)context)->at = 0;
    return true;
}

static inline AuthenticodePolicy *scene_policy(VerdictScene *scene)
{
    AuthenticodePolicy *policy = NULL;
    Error err = {0};

    scene->options.ca = &scene->ca;
    scene->options.tsa_ca = &scene->tsa_ca;
    scene->options.crls = &scene->crls;
    scene->options.publishers = &scene->publishers;
    if (!authenticode_policy_load(&scene->options, &policy, &err))
        fail_msg("%s", err.message);
    return policy;
}

static inline int scene_judge(VerdictScene *scene)
{
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = scene_policy(scene);
    MemorySource memory = {scene->file.bytes, scene->file.length, 0, 0};
    const AuthenticodeSource source = {.read = memory_read,
                                       .rewind = memory_rewind,
                                       .context = &memory,
                                       .size_bytes = scene->file.length};
    Error err = {0};

    if (!authenticode_check(policy, &source, &scene->verdict, &err))
        fail_msg("%s", err.message);
    return memory.readings;
}

static inline void assert_verdict(VerdictScene *scene, AuthenticodeStatus status, const char *code)
{
    (void)scene_judge(scene);
    if (scene->verdict.status != status || strcmp(scene->verdict.code, code) != 0)
        fail_msg("expected %s (%s), got %s (%s): %s", authenticode_status_name(status), code,
                 authenticode_status_name(scene->verdict.status), scene->verdict.code,
                 scene->verdict.reason);
}

#endif
