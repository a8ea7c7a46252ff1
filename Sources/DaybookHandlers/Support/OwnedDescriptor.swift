import Glibc

/// An open file, closed once: when its owner goes. An owner whose `init` fails goes too, and runs its `deinit` or does
/// not, by how far it came; closing there by hand closes twice, the second time what another thread may have opened.
struct OwnedDescriptor: ~Copyable {
    let raw: Int32

    /// - Parameter raw: what `open` returned, negative when it failed.
    /// - Returns: nil when it failed; `errno` says why.
    init?(_ raw: Int32) {
        guard raw >= 0 else { return nil }
        self.raw = raw
    }

    deinit {
        close(raw)
    }
}
