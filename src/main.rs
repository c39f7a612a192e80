//! The program.

use std::process::ExitCode;

fn main() -> ExitCode {
    mlnetc::cli::main()
}
