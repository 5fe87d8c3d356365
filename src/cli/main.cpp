#include "cli/commands.h"

int main(int argc, char** argv) {
  return bpftax::run_command_line(argc, argv);
}
