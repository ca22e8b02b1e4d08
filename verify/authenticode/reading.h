/* reading: a program read from front to back, and once more where its signature asks for digests
 * that the first reading did not make. Part of authenticode.c. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_READING_H
#define GODEPLOY_VERIFY_AUTHENTICODE_READING_H

#include "verify/authenticode/authenticode.h"
#include "verify/authenticode/pe_image.h"

/* One reading from where the source stands. False: it could not be read. */
bool reading_scan(const AuthenticodeSource *source, const PeScanOptions *options, PeImage *out,
                  Error *err);

/* What `needs` asks for beyond `done` is there; another reading is not needed. */
bool reading_suffices(const PeScanOptions *done, const PeScanOptions *needs);

/* Two readings saw the same bytes, as far as both looked: the digest that each made, and the
 * signature. */
bool readings_agree(const PeImage *first, const PeImage *second);

#endif
