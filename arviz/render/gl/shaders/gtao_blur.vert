#include "resolve.vert"
