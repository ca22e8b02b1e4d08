/* See portproxy_before.h. The file: {"rules": [{"family", "listen", "connect"}]}, the ends as the
 * registry writes them. */
#include "proxy/engine/portproxy_before.h"

#include "base/file/file.h"
#include "base/json.h"

#include <string.h>

enum { FILE_LIMIT = 1024 * 1024, FILE_MODE = 0600 };

static char *path_of(const EngineContext *context)
{
    return text_formatted("%s/%s/portproxy.json", context->root, context->app);
}

static bool take_rule(const Json *item, PortproxyRules *out, Error *err)
{
    const char *family = json_get_text(item, "family");
    const char *listen = json_get_text(item, "listen"), *connect = json_get_text(item, "connect");
    PortproxyRule rule = {0};

    if (!family || !listen || !connect || !portproxy_family_find(family, &rule.family) ||
        !portproxy_rule_parse(rule.family, listen, connect, &rule))
        return error_set(err, ERR_ENGINE, "a rule in it cannot be read");
    return portproxy_rules_add(out, &rule, err);
}

static bool take_rules(const char *path, PortproxyRules *out, Error *err)
{
    CLEANUP(json_free) Json *json = NULL;
    const Json *rules = NULL;

    if (!json_read_file(path, FILE_LIMIT, &json, err))
        return error_as(err, ERR_ENGINE);
    rules = json_get(json, "rules");
    for (size_t i = 0; i < json_count(rules); i++)
        if (!take_rule(json_item(rules, i), out, err))
            return error_while(err, "reading %s", path);
    return true;
}

bool portproxy_before_read(const EngineContext *context, PortproxyRules *out, Error *err)
{
    CLEANUP(free) char *path = path_of(context);

    if (!path)
        return error_memory(err);
    return !file_exists(path) || take_rules(path, out, err);
}

/* ---- writing ---- */

static bool put_end(Json *object, const char *key, const PortproxyEnd *end)
{
    CLEANUP(free) char *text = text_formatted("%s/%u", end->host, (unsigned)end->port);

    return text && json_put_text(object, key, text);
}

static bool put_rule(Json *rules, const PortproxyRule *rule)
{
    Json *object = json_new_object();
    bool whole = json_put_text(object, "family", portproxy_family_name(rule->family)) &&
                 put_end(object, "listen", &rule->listen) &&
                 put_end(object, "connect", &rule->connect);

    return json_push(rules, object) && whole;
}

static bool write_rules(const EngineContext *context, const PortproxyRules *rules, Error *err)
{
    CLEANUP(json_free) Json *json = json_new_object();
    CLEANUP(free) char *path = path_of(context);
    CLEANUP(free) char *text = NULL;
    Json *list = json_new_array();
    bool whole = path != NULL;

    for (size_t i = 0; i < rules->count; i++)
        whole = put_rule(list, &rules->items[i]) && whole;
    if (!json_put(json, "rules", list) || !whole || !(text = json_pretty(json)))
        return error_memory(err);
    return file_write_durable(path, text, strlen(text), FILE_MODE, err) ||
           error_as(err, ERR_ENGINE);
}

bool portproxy_before_keep(const EngineContext *context, const PortproxyRule *rule, Error *err)
{
    CLEANUP_PORTPROXY_RULES PortproxyRules rules = {0};
    PortproxyRule *kept = NULL;

    if (!portproxy_before_read(context, &rules, err))
        return false;
    for (size_t i = 0; i < rules.count; i++)
        if (rules.items[i].family == rule->family &&
            portproxy_ends_equal(&rules.items[i].listen, &rule->listen))
            kept = &rules.items[i];
    if (!kept && !portproxy_rules_add(&rules, rule, err))
        return false;
    if (kept)
        *kept = *rule;
    return write_rules(context, &rules, err);
}

bool portproxy_before_forget(const EngineContext *context, Error *err)
{
    CLEANUP(free) char *path = path_of(context);

    if (!path)
        return error_memory(err);
    return file_remove(path, err) || error_as(err, ERR_ENGINE);
}
