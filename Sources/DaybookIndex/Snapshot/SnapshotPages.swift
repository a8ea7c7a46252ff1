/// Pages of a ``PagedStore`` as they were read from a file.
struct SnapshotPages<Element: BitwiseCopyable>: @unchecked Sendable {
    private let pages: [Page<Element>]
    let count: Int

    init(_ count: Int, _ file: inout SnapshotFile) throws(SnapshotFile.Failure) {
        var pages: [Page<Element>] = []
        var left = count
        while left > 0 {
            let page = Page<Element>()
            let used = min(left, PageSize.elements)
            try file.read(
                into: UnsafeMutableRawBufferPointer(start: page.elements, count: used * MemoryLayout<Element>.stride))
            pages.append(page)
            left -= used
        }
        self.pages = pages
        self.count = count
    }

    /// Gives them to a store, which has only full pages.
    func move(to store: inout PagedStore<Element>) {
        var left = count
        for page in pages {
            store.append(page, used: min(left, PageSize.elements))
            left -= min(left, PageSize.elements)
        }
    }
}
