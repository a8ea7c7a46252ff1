import CCurl

/// A list of texts that libcurl reads.
final class CurlList {
    private(set) var raw: UnsafeMutablePointer<curl_slist>?

    init(_ texts: [String]) {
        for text in texts {
            // Nil when there is no memory; then the list is as it was.
            if let longer = curl_slist_append(raw, text) { raw = longer }
        }
    }

    deinit {
        curl_slist_free_all(raw)
    }
}
