import CJemalloc
import Foundation

/// What of this process is in memory, in bytes, without what the allocator has got back and gives to the system in the
/// next seconds: how much that is depends on how fast the machine is.
func residentBytes() -> Int {
    // All arenas, as jemalloc numbers them.
    mallctl("arena.4096.purge", nil, nil, nil, 0)
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
}
