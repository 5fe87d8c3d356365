#include "probes/command.h"

int main(int argc, char** argv) {
  return bpftax::probe_command(argc, argv);
}
