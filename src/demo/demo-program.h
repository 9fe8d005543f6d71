/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* signet-demo-ca but for main (): its exit status. 0 done, 1 failed, 2 the command line is wrong, 7 no such request. */
int signet_demo_main (int argc, char **argv);
