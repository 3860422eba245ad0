// agent/lean_memory.h: keeps the agent's resident memory near what it works with.
//
// Used by: run_agent. Reading settings, starting libraries and sending the first report touch code
// that is never run again; it would stay resident for months.
#pragma once

namespace wakeful::agent {

/// Make malloc give freed memory back early: one thread, small peaks, a long life.
void tame_malloc();

/// Let go of the program's code and constants: what is still used comes back page by page from the
/// page cache. Costs a few hundred minor faults, once.
void release_startup_pages();

}  // namespace wakeful::agent
