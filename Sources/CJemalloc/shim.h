#pragma once
#include <stdlib.h>

#include <jemalloc/jemalloc.h>
