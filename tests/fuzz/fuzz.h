/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The name that libFuzzer calls; test-fuzz.c calls it as well, so that each target is also an ordinary test. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
