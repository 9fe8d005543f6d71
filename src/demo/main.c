/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-main.h"

int
main (int    argc,
      char **argv)
{
  return signet_demo_main (argc, argv);
}
