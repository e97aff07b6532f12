// SPDX-License-Identifier: Apache-2.0
// cess-fingerprint: files to fingerprints that stay near when the content does. What it does is in
// commands.hpp.
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace cess;
  cli::Program program;
  program.name = "cess-fingerprint";
  program.summary = "tells what a text, picture, sound or film is like, and how alike two are";
  program.examples = {
      "cess-fingerprint photo.jpg song.flac film.mkv report.pdf > certs.jsonl",
      "cess-fingerprint compare photo.jpg copy.png",
  };
  program.commands = index_commands();
  program.commands.insert(program.commands.begin(), {files_command(), compare_command()});
  return cli::run_program(program, argc, argv);
}
