#include "powercut.h"
