#include "event/parts.h"
int main(void){return 0;}
