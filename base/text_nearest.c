/* Part of text.h: the word that was probably meant. */
#include "base/text.h"

#include <string.h>

enum { LONGEST_WORD = 63 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits that turn `a` into `b`: a letter added, dropped, changed, or two neighbours swapped
 * (optimal string alignment). Three rows of the table are enough. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_length; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);

            row[j] = least(changed, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_length];
}

/* More edits than this make another word of it. */
static size_t most_edits(size_t length)
{
    size_t third = length / 3;

    if (third < 1)
        return 1;
    return third > 3 ? 3 : third;
}

const char *text_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word);
    size_t best = most_edits(length) + 1;
    const char *nearest = NULL;

    if (length == 0 || length > LONGEST_WORD)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(candidates[i]);
        size_t edits = 0;

        if (other == 0 || other > LONGEST_WORD)
            continue;
        edits = distance(word, length, candidates[i], other);
        if (edits < best && edits < other) { /* not a word with no letter in common */
            best = edits;
            nearest = candidates[i];
        }
    }
    return nearest;
}
