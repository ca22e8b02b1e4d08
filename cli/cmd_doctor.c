/* cmd_doctor: what will hurt the next deployment, found before it does. Changes nothing. */
#include "cli/commands.h"
#include "cli/output_text.h"
#include "deploy/doctor/doctor.h"

#include <string.h>

enum { CHECK_COLUMN = 9, TEXT_COLUMN = 22, WIDTH = 80 };

/* ---- for scripts ---- */

static Json *symptom_json(const Symptom *symptom)
{
    Json *one = json_new_object();

    (void)json_put_text(one, "check", symptom->check);
    (void)json_put_text(one, "level", doctor_level_name(doctor_code_level(symptom->code)));
    (void)json_put_text(one, "code", doctor_code_name(symptom->code));
    (void)json_put_text(one, "text", symptom->text);
    (void)json_put_text(one, "fix", symptom->fix[0] != '\0' ? symptom->fix : NULL);
    return one;
}

static size_t problems_of(const Diagnosis *diagnosis)
{
    return diagnosis_count_of(diagnosis, LEVEL_PROBLEM) +
           diagnosis_count_of(diagnosis, LEVEL_STATE);
}

static void print_json(Session *session, const Diagnosis *diagnosis)
{
    CLEANUP(json_free) Json *document = json_new_object();
    Json *findings = json_new_array();

    for (size_t i = 0; i < diagnosis->count; i++)
        (void)json_push(findings, symptom_json(&diagnosis->symptoms[i]));
    (void)json_put_text(document, "app", session->settings ? session->settings->app : NULL);
    (void)json_put_integer(document, "problems", (int64_t)problems_of(diagnosis));
    (void)json_put_integer(document, "warnings",
                           (int64_t)diagnosis_count_of(diagnosis, LEVEL_WARNING));
    (void)json_put_integer(document, "notes", (int64_t)diagnosis_count_of(diagnosis, LEVEL_NOTE));
    (void)json_put(document, "findings", findings);
    output_json(session->output, document);
}

/* ---- for people ---- */

/* From `column` on; what stands in lines of its own, such as a piece of configuration, keeps them.
 */
static void append_words(Text *out, const char *words, int column)
{
    CLEANUP_TEXT Text printable = {0};
    const char *line = NULL;

    output_append_printable(&printable, words, LINES_KEPT);
    line = text_chars(&printable);
    for (bool is_first = true; is_first || *line != '\0'; is_first = false) {
        size_t length = strcspn(line, "\n");
        size_t indent = is_first ? 0 : strspn(line, " ");
        CLEANUP(free) char *one = text_copy_bytes(line + indent, length - indent);

        text_appendf(out, "%*s", is_first ? 0 : column + (int)indent, "");
        output_append_wrapped(out, one ? one : "", column + (int)indent, column + (int)indent,
                              WIDTH);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
}

static void append_symptom(Text *out, const Symptom *symptom)
{
    text_appendf(out, "%-*s%-*s", CHECK_COLUMN, doctor_level_name(doctor_code_level(symptom->code)),
                 TEXT_COLUMN - CHECK_COLUMN, symptom->check);
    append_words(out, symptom->text, TEXT_COLUMN);
    if (symptom->fix[0] == '\0')
        return;
    text_appendf(out, "%*s-> ", TEXT_COLUMN, "");
    append_words(out, symptom->fix, TEXT_COLUMN + 3);
}

static void append_count(Text *out, size_t count, const char *what)
{
    if (count > 0)
        text_appendf(out, "%s%zu %s%s", out->length > 0 ? ", " : "", count, what,
                     text_plural((int64_t)count));
}

static void print_people(Session *session, const Diagnosis *diagnosis)
{
    CLEANUP_TEXT Text table = {0};
    CLEANUP_TEXT Text sum = {0};
    size_t skipped = 0; /* what hinders them is told by the check that found it */

    for (size_t i = 0; i < diagnosis->count; i++)
        if (diagnosis->symptoms[i].code == DOCTOR_NOT_LOOKED_AT)
            skipped++;
        else
            append_symptom(&table, &diagnosis->symptoms[i]);
    output_text(session->output, text_chars(&table));
    append_count(&sum, problems_of(diagnosis), "problem");
    append_count(&sum, diagnosis_count_of(diagnosis, LEVEL_WARNING), "warning");
    append_count(&sum, diagnosis_count_of(diagnosis, LEVEL_NOTE) - skipped, "note");
    if (skipped > 0)
        text_appendf(&sum, "; %zu check%s could not be made", skipped,
                     text_plural((int64_t)skipped));
    output_line(session->output, "%s", sum.length > 0 ? text_chars(&sum) : "all is well");
}

/* Settings that cannot be read are its first finding, not its end. */
bool command_doctor(Session *session, Error *err)
{
    CLEANUP(diagnosis_free) Diagnosis *diagnosis = NULL;
    Error unreadable = {0};

    (void)session_settings(session, &unreadable);
    if (!doctor_examine(session->settings, &unreadable, &diagnosis, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON)
        print_json(session, diagnosis);
    else
        print_people(session, diagnosis);
    session->exit_status = error_exit_status(diagnosis_outcome(diagnosis));
    return true;
}
