/* process_words: a process as people are told of it. */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_WORDS_H
#define GODEPLOY_BASE_PROCESS_PROCESS_WORDS_H

#include <stdint.h>

enum { PROCESS_WORDS_SIZE = 128 };

/* "process 4711 (nginx)"; -1, as process_listening_on() says it, is one that we may not see. */
const char *process_words(int64_t pid, char out[PROCESS_WORDS_SIZE]);

#endif
