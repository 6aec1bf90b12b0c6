#include "depth.vert"
