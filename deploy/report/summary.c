/* See summary.h. */
#include "deploy/report/summary.h"

#include "base/file/file.h"

#include <inttypes.h>
#include <string.h>

/* Whatever means something to Markdown or HTML is written as a character reference; a cell is one
 * line. */
static void append_plain(Text *out, const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ')
            text_append(out, " ");
        else if (strchr("&<>|[]()*_`\\#!~", *text))
            text_appendf(out, "&#%d;", *text);
        else
            text_append_bytes(out, text, 1);
    }
}

static void append_part(Text *out, const StoryPart *part)
{
    char took[TEXT_QUANTITY_SIZE];

    text_appendf(out, "| %s%s | %s | %s | ", part->undoes ? "undo " : "", part->stage,
                 story_result_name(part->result), text_duration(part->took_ms, took));
    append_plain(out, part->text);
    text_append(out, " |\n");
}

static void append_paragraph(Text *out, const char *heading, const char *text)
{
    if (text[0] == '\0')
        return;
    text_appendf(out, "\n**%s** ", heading);
    append_plain(out, text);
    text_append(out, "\n");
}

void summary_format(const Story *story, Text *out)
{
    CLEANUP_TEXT Text headline = {0};

    story_headline(story, &headline);
    text_append(out, "### ");
    append_plain(out, text_chars(&headline));
    text_append(out, "\n\n| stage | result | took | |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < story->count; i++)
        append_part(out, &story->parts[i]);
    if (story->error.code != ERR_NONE) {
        append_paragraph(out, "Why:", story->error.message);
        append_paragraph(out, "Serves:", story->error.serves);
        append_paragraph(out, "Try:", story->error.hint);
    }
    text_append(out, "\n");
}

/* Of what is too long GitHub shows nothing, and says that the step is not well. */
static bool has_room(File *file, size_t length, Error *err)
{
    uint64_t size = 0;

    if (!file_size(file, &size, err))
        return false;
    if (size + length <= SUMMARY_MOST)
        return true;
    return error_set(err, ERR_FILE, "%" PRIu64 " bytes are there; with %zu more it is over %d",
                     size, length, SUMMARY_MOST);
}

bool summary_write(const Story *story, const char *path, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    CLEANUP_TEXT Text text = {0};

    if (story->count == 0)
        return true;
    summary_format(story, &text);
    return text_ok(&text, err) && file_open(path, FILE_CONTINUE, &file, err) &&
           has_room(file, text.length, err) &&
           file_write(file, text_chars(&text), text.length, err);
}
