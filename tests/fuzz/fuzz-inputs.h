/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Every file below @folder: (element-type GBytes) */
void fuzz_collect (const char *folder, GPtrArray *inputs);
/* A few random changes: bits, octets, parts left out, cut off or put elsewhere. */
void fuzz_mutate (GByteArray *input, GRand *rand);
