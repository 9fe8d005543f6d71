/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* signet-demo-ca: serve, answer, approve, list, code add. Returns the exit status. */
int signet_demo_main (int argc, char **argv);
