/* The app "shop" on the Windows of portproxy_scene.h, with a root of its own, that is to be
 * flipped. To be included behind cmocka.h. */
#ifndef GODEPLOY_TESTS_PROXY_PORTPROXY_FLIP_SCENE_H
#define GODEPLOY_TESTS_PROXY_PORTPROXY_FLIP_SCENE_H

#include "base/file/file.h"
#include "proxy/engine/portproxy_flip.h"
#include "tests/proxy/portproxy_scene.h"
#include "tests/support/temporary_folder.h"

#define SET_V4(port)                                                                               \
    "interface portproxy set v4tov4 listenaddress=0.0.0.0 listenport=8080 "                        \
    "connectaddress=127.0.0.1 connectport=" port " protocol=tcp\n"
#define SET_V6(port)                                                                               \
    "interface portproxy set v6tov4 listenaddress=:: listenport=8080 "                             \
    "connectaddress=127.0.0.1 connectport=" port " protocol=tcp\n"

typedef struct Scene {
    Windows windows;
    PortproxyHost host;
    char root[TEMPORARY_FOLDER_SIZE];
    EngineContext context;
} Scene;

static inline void begin(Scene *scene)
{
    char folder[TEMPORARY_FOLDER_SIZE + 8];
    Error err = {0};

    memset(scene, 0, sizeof *scene);
    windows_begin(&scene->windows);
    scene->host = windows_host(&scene->windows);
    assert_true(temporary_folder_make(scene->root, "portproxy"));
    scene->context = shop(scene->root);
    (void)snprintf(folder, sizeof folder, "%s/shop", scene->root);
    assert_true(folder_create(folder, &err));
}

static inline void end(Scene *scene)
{
    Error err = {0};

    windows_end(&scene->windows);
    assert_true(folder_remove_tree(scene->root, &err));
}

static inline bool flip_to(Scene *scene, int slot, Error *err)
{
    Route route = shop_route(slot);

    *err = (Error){0};
    return portproxy_set(&scene->host, &scene->context, &route, err);
}

#endif
