/* cmd_doctor: what will hurt the next deployment, found before it does. Changes nothing. */
#include "cli/commands.h"
#include "cli/output_text.h"
#include "deploy/doctor/doctor.h"

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

static void append_symptom(Text *out, const Symptom *symptom)
{
    const char *level = doctor_level_name(doctor_code_level(symptom->code));
    CLEANUP_TEXT Text words = {0};

    text_appendf(out, "%-*s%-*s", CHECK_COLUMN, level, TEXT_COLUMN - CHECK_COLUMN, symptom->check);
    output_append_printable(&words, symptom->text, LINES_JOINED);
    output_append_wrapped(out, text_chars(&words), TEXT_COLUMN, TEXT_COLUMN, WIDTH);
    if (symptom->fix[0] == '\0')
        return;
    text_clear(&words);
    output_append_printable(&words, symptom->fix, LINES_JOINED);
    text_appendf(out, "%*s-> ", TEXT_COLUMN, "");
    output_append_wrapped(out, text_chars(&words), TEXT_COLUMN + 3, TEXT_COLUMN + 3, WIDTH);
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
