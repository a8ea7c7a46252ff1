// Imported so that it is linked: from then on all of the process' memory comes from jemalloc. What is allocated on one
// thread and freed on another, as events are, costs glibc's allocator a fifth of the time of a publish, and the more so
// the longer a server runs (docs/benchmarks.md).
import CJemalloc
