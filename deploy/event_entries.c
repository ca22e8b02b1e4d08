/* See event_entries.h. */
#include "deploy/event_entries.h"

#include "deploy/pipeline.h"

typedef struct EntryRow {
    unsigned id;
    EventLogLevel level;
    const char *words;
} EntryRow;

static const EntryRow rows[] = {
#define ENTRY_AS_ROW(name, id, level, words) {id, EVENT_LOG_##level, words},
    EVENT_ENTRIES(ENTRY_AS_ROW)
#undef ENTRY_AS_ROW
};

/* ---- which events become an entry ---- */

static EventEntryKind kind_of_done(const Event *event)
{
    static const struct {
        const char *stage;
        EventEntryKind kind;
    } stages[] = {
        {"fetch",  ENTRY_FETCHED },
        {"verify", ENTRY_VERIFIED},
        {"unpack", ENTRY_UNPACKED},
        {"start",  ENTRY_STARTED },
        {"check",  ENTRY_CHECKED },
        {"flip",   ENTRY_FLIPPED },
        {"watch",  ENTRY_WATCHED },
        {"drain",  ENTRY_DRAINED },
        {"retire", ENTRY_RETIRED },
    };

    for (size_t i = 0; event->stage && i < sizeof stages / sizeof stages[0]; i++)
        if (text_equal(stages[i].stage, event->stage))
            return stages[i].kind == ENTRY_FLIPPED && event->rollback ? ENTRY_ROLLED_BACK
                                                                      : stages[i].kind;
    return ENTRY_NONE;
}

static EventEntryKind kind_of_undone(const Event *event)
{
    if (!event->stage || !text_equal(event->stage, "flip"))
        return ENTRY_NONE;
    return event->error ? ENTRY_NOT_BACK : ENTRY_FLIPPED_BACK;
}

static EventEntryKind kind_of(const Event *event)
{
    switch (event->kind) {
    case EVENT_DEPLOYMENT_BEGIN:
        return ENTRY_BEGUN;
    case EVENT_STAGE_DONE:
        return kind_of_done(event);
    case EVENT_STAGE_WAITS:
        return ENTRY_WAITS;
    case EVENT_STAGE_FAILED:
        return ENTRY_STAGE_FAILED;
    case EVENT_UNDO_DONE:
        return kind_of_undone(event);
    case EVENT_WARNING:
        return ENTRY_WARNING;
    case EVENT_NOTE: /* outside of a deployment: what was repaired before the work began */
        return event->deployment ? ENTRY_NONE : ENTRY_REPAIRED;
    case EVENT_DEPLOYMENT_DONE:
        return ENTRY_DONE;
    case EVENT_DEPLOYMENT_FAILED:
        return ENTRY_FAILED;
    case EVENT_DEPLOYMENT_ABORTED:
        return ENTRY_ABORTED;
    case EVENT_STAGE_BEGIN:
    case EVENT_STAGE_PROGRESS:
    case EVENT_STAGE_SKIPPED:
    case EVENT_UNDO_BEGIN:
        return ENTRY_NONE;
    }
    return ENTRY_NONE;
}

/* ---- what stands in it ---- */

static bool is_given(const char *text)
{
    return text && text[0] != '\0';
}

/* Of what comes from outside; a line end inside would look like a line of ours. */
static void append_line(Text *out, const char *text)
{
    for (; *text; text++) {
        bool is_control = (unsigned char)*text < ' ' || *text == '\x7f';

        text_append_bytes(out, is_control ? " " : text, 1);
    }
    text_append(out, "\n");
}

static const char *what_serves(const Event *event)
{
    bool flipped =
        event->stage && (pipeline_is_after_flip((size_t)event->stage_index) ||
                         (event->kind == EVENT_STAGE_DONE && text_equal(event->stage, "flip")));

    if (flipped || event->kind == EVENT_DEPLOYMENT_DONE)
        return event->release;
    return event->from;
}

static void append_facts(Text *out, const Event *event, EventEntryKind kind)
{
    const char *serves = what_serves(event);

    text_appendf(out, "app: %s\n", event->app);
    if (event->stage)
        text_appendf(out, "stage: %s\n", event->stage);
    if (is_given(event->release))
        text_appendf(out, "release: %s (slot %s)\n", event->release,
                     is_given(event->slot) ? event->slot : "none");
    if (event->deployment)
        text_appendf(out, "deployment: %s\n", event->deployment);
    if (event->error && is_given(event->error->serves))
        text_appendf(out, "serves: %s\n", event->error->serves);
    else if (event->deployment && kind != ENTRY_NOT_BACK)
        text_appendf(out, "serves: %s%s\n", is_given(serves) ? "release " : "nothing yet",
                     is_given(serves) ? serves : "");
    if (event->error && is_given(event->error->hint))
        text_appendf(out, "try: %s\n", event->error->hint);
}

bool event_entry_of(const Event *event, EventEntry *out)
{
    EventEntryKind kind = kind_of(event);
    const char *cause = event->error ? event->error->message : event->text;

    if (kind == ENTRY_NONE)
        return false;
    *out = (EventEntry){.id = rows[kind].id, .level = rows[kind].level};
    text_appendf(&out->text, "%s: %s", event->app, rows[kind].words);
    text_append(&out->text, is_given(cause) ? ": " : "");
    append_line(&out->text, is_given(cause) ? cause : "");
    append_facts(&out->text, event, kind);
    if (!out->text.failed)
        return true;
    text_free(&out->text);
    return false;
}

/* ---- the observer ---- */

/* An entry that cannot be written stops no deployment, and there is nobody else to tell. */
static void notice(void *context, const Event *event)
{
    const EventEntries *entries = context;
    EventEntry entry;

    if (event_entry_of(event, &entry)) {
        (void)event_log_write(entry.level, entry.id, text_chars(&entry.text));
        text_free(&entry.text);
    }
    entries->next->notice(entries->next->context, event);
}

const Observer *event_entries_begin(EventEntries *entries, const Observer *next)
{
    *entries = (EventEntries){
        .observer = {.notice = notice, .context = entries},
          .next = next
    };
    return event_log_is_installed() ? &entries->observer : next;
}
