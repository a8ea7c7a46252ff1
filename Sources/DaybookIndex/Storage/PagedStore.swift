/// A growing array of plain values in pages of fixed size. It grows without moving what it holds, and an ``image()`` of
/// it shares the pages: taking one costs next to nothing, and the writer then copies only the pages it touches.
struct PagedStore<Element: BitwiseCopyable>: ~Copyable {
    private(set) var count = 0
    private var pages: [Page<Element>] = []
    /// The addresses of the pages, so that reading touches neither page objects nor their reference counts.
    private var addresses: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    private var capacity = 16

    init() {
        addresses = .allocate(capacity: capacity)
    }

    deinit {
        addresses.deallocate()
    }

    var memoryBytes: Int { pages.count * MemoryLayout<Element>.stride * PageSize.elements }

    /// Reads elements. Good until the next append.
    var reader: PagedReader<Element> { PagedReader(addresses: UnsafePointer(addresses)) }

    /// An element, to be read in place. Good until the next mutation.
    @inline(__always)
    func pointer(_ index: UInt32) -> UnsafePointer<Element> { reader.pointer(index) }

    /// An element, to be written in place. Good until the next image or mutation.
    @inline(__always)
    mutating func mutable(_ index: UInt32) -> UnsafeMutablePointer<Element> {
        let page = Int(index) >> PageSize.shift
        if !isKnownUniquelyReferenced(&pages[page]) { copyPage(page) }
        return addresses[page] + Int(index) & PageSize.mask
    }

    @inline(never)
    private mutating func copyPage(_ page: Int) {
        pages[page] = Page(copying: pages[page])
        addresses[page] = pages[page].elements
    }

    /// Adds an element and gives its index.
    mutating func append(_ element: Element) -> UInt32 {
        if count == pages.count * PageSize.elements { add(Page()) }
        let index = UInt32(count)
        count += 1
        mutable(index).initialize(to: element)
        return index
    }

    /// Takes a page filled elsewhere; the pages before it must be full.
    ///
    /// - Parameter used: how many of its elements count.
    mutating func append(_ page: Page<Element>, used: Int) {
        add(page)
        count += used
    }

    private mutating func add(_ page: Page<Element>) {
        if pages.count == capacity {
            let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: capacity * 2)
            larger.update(from: addresses, count: capacity)
            addresses.deallocate()
            addresses = larger
            capacity *= 2
        }
        addresses[pages.count] = page.elements
        pages.append(page)
    }

    /// What the store holds now, whatever is written later.
    func image() -> PagedImage<Element> { PagedImage(pages: pages, count: count) }
}

/// How many elements a page holds.
enum PageSize {
    static let shift = 11
    static let elements = 1 << shift
    static let mask = elements - 1
}

/// A page of a ``PagedStore``.
final class Page<Element: BitwiseCopyable>: @unchecked Sendable {
    let elements: UnsafeMutablePointer<Element>

    init() {
        // Aligned to cache lines, so that the two halves of a row are two lines.
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: Self.byteCount, alignment: 64)
        elements = bytes.bindMemory(to: Element.self, capacity: PageSize.elements)
    }

    convenience init(copying other: Page) {
        self.init()
        UnsafeMutableRawPointer(elements).copyMemory(from: other.elements, byteCount: Self.byteCount)
    }

    deinit {
        UnsafeMutableRawPointer(elements).deallocate()
    }

    static var byteCount: Int { MemoryLayout<Element>.stride * PageSize.elements }
}

/// Reads a ``PagedStore`` without holding on to it.
struct PagedReader<Element: BitwiseCopyable>: BitwiseCopyable {
    fileprivate let addresses: UnsafePointer<UnsafeMutablePointer<Element>>

    @inline(__always)
    func pointer(_ index: UInt32) -> UnsafePointer<Element> {
        UnsafePointer(addresses[Int(index) >> PageSize.shift] + Int(index) & PageSize.mask)
    }
}

/// What a ``PagedStore`` held at one moment. It may be read on any thread.
struct PagedImage<Element: BitwiseCopyable>: @unchecked Sendable {
    fileprivate let pages: [Page<Element>]
    let count: Int

    @inline(__always)
    func pointer(_ index: UInt32) -> UnsafePointer<Element> {
        UnsafePointer(pages[Int(index) >> PageSize.shift].elements + Int(index) & PageSize.mask)
    }

    var byteCount: Int { count * MemoryLayout<Element>.stride }

    /// The elements' bytes, page by page.
    func forEachPage<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
        var left = count
        for page in pages {
            let used = min(left, PageSize.elements)
            try body(UnsafeRawBufferPointer(start: page.elements, count: used * MemoryLayout<Element>.stride))
            left -= used
        }
    }
}
