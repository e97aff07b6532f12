// SPDX-License-Identifier: Apache-2.0
// blst as one translation unit (its own build does the same), so that functions which it keeps
// static can be given an entry point of ours at the end of this file.
#include "server.c"
