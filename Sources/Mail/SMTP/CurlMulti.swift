import CCurl

/// What performs transfers and keeps connections: libcurl's multi handle. Unlike a transfer on its own it can be woken.
final class CurlMulti: @unchecked Sendable {
    private let raw: UnsafeMutableRawPointer

    init?() {
        guard CurlLibrary.isReady, let raw = curl_multi_init() else { return nil }
        self.raw = raw
    }

    /// Says farewell to servers and frees the handle. Nothing may be called afterwards.
    func close() {
        curl_multi_cleanup(raw)
    }

    /// May be called from any thread.
    func wake() {
        curl_multi_wakeup(raw)
    }

    /// Performs a transfer to its end, on the calling thread.
    ///
    /// - Returns: what it ended with.
    func perform(_ easy: CurlHandle, _ transfer: SMTPTransfer) -> CURLcode {
        easy.attach(transfer)
        curl_multi_add_handle(raw, easy.raw)
        defer {
            curl_multi_remove_handle(raw, easy.raw)
            easy.detach()
        }
        var running: Int32 = 1
        while true {
            // Also an abandoned transfer is performed to its end, which libcurl brings about when it asks. Taken from it in
            // the middle, it would send what ends a mail, and the server would accept half of one.
            guard curl_multi_perform(raw, &running) == CURLM_OK else { return CURLE_FAILED_INIT }
            if running == 0 { break }
            // libcurl's own timers, and being woken, end it earlier.
            curl_multi_poll(raw, nil, 0, 10_000, nil)
        }
        var waiting: Int32 = 0
        while let message = curl_multi_info_read(raw, &waiting) {
            if message.pointee.msg == CURLMSG_DONE, message.pointee.easy_handle == easy.raw {
                return ccurl_result(message)
            }
        }
        return CURLE_FAILED_INIT
    }
}
