import CCurl
import Glibc

/// One easy handle of libcurl, set up for a server and used again for each of its mails.
final class CurlHandle {
    let raw: UnsafeMutableRawPointer
    let sockets = OpenSockets()
    private let errorBuffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init?(_ server: SMTPServer) {
        guard CurlLibrary.isReady, let raw = curl_easy_init() else {
            errorBuffer.deallocate()
            return nil
        }
        self.raw = raw
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_ERRORBUFFER, pointer: errorBuffer)
        configure(for: server)
        installCallbacks()
    }

    deinit {
        curl_easy_cleanup(raw)
        errorBuffer.deallocate()
    }

    /// What went wrong in the last transfer, in libcurl's words and the system's.
    func text(of result: CURLcode) -> String {
        var text = String(cString: errorBuffer).withoutControls
        if text.isEmpty { text = String(cString: curl_easy_strerror(result)) }
        let code = Int32(truncatingIfNeeded: long(CURLINFO_OS_ERRNO))
        if result == CURLE_COULDNT_CONNECT, code != 0 { text += " (\(String(cString: strerror(code))))" }
        return text
    }

    /// Lets the callbacks see a transfer, which must be held until ``detach()``.
    func attach(_ transfer: SMTPTransfer) {
        errorBuffer.pointee = 0
        let pointer = Unmanaged.passUnretained(transfer).toOpaque()
        for option in Self.dataOptions { set(option, pointer: pointer) }
    }

    func detach() {
        for option in Self.dataOptions { set(option, pointer: nil) }
    }

    func set(_ option: CURLoption, _ value: Int) { ccurl_set_long(raw, option, value) }
    func set(_ option: CURLoption, text: String?) { ccurl_set_text(raw, option, text) }
    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) { ccurl_set_pointer(raw, option, pointer) }
    func set(_ option: CURLoption, size: Int) { ccurl_set_size(raw, option, curl_off_t(size)) }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        ccurl_get_long(raw, info, &value)
        return value
    }

    private func configure(for server: SMTPServer) {
        set(CURLOPT_URL, text: server.url)
        set(CURLOPT_PROTOCOLS_STR, text: "smtp,smtps")
        // What the environment says of proxies is meant for the web.
        set(CURLOPT_PROXY, text: "")
        // Signals are the process's, not a library's.
        set(CURLOPT_NOSIGNAL, 1)
        // A name server that does not answer must not hold up an abandoned call.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, server.connectTimeout.milliseconds)
        set(CURLOPT_TIMEOUT_MS, server.timeout.milliseconds)
        set(CURLOPT_SERVER_RESPONSE_TIMEOUT, (server.timeout.milliseconds + 999) / 1000)
        if server.security == .startTLS { set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, server.verifiesCertificate ? 1 : 0)
        set(CURLOPT_SSL_VERIFYHOST, server.verifiesCertificate ? 2 : 0)
        if let file = server.authorityFile { set(CURLOPT_CAINFO, text: file) }
        if let login = server.login {
            set(CURLOPT_USERNAME, text: login.user)
            set(CURLOPT_PASSWORD, text: login.password)
        }
    }

    private static let dataOptions = [
        CURLOPT_READDATA, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_DEBUGDATA, CURLOPT_XFERINFODATA,
    ]

    private func installCallbacks() {
        ccurl_set_data_callback(raw, CURLOPT_READFUNCTION) { buffer, size, count, context in
            guard let transfer = SMTPTransfer.at(context), let buffer else { return 0 }
            return transfer.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        }
        // Answers of the server, line by line.
        ccurl_set_data_callback(raw, CURLOPT_HEADERFUNCTION) { buffer, size, count, context in
            SMTPTransfer.at(context)?.noteReply(UnsafeRawBufferPointer(start: buffer, count: size * count))
            return size * count
        }
        // The answer to a command that is no mail, once more; without this it would be printed.
        ccurl_set_data_callback(raw, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        // Among what is told for debugging are the commands; nothing of it is kept but what they ask.
        ccurl_set_debug_callback(raw) { _, kind, bytes, count, context in
            if kind == CURLINFO_HEADER_OUT {
                SMTPTransfer.at(context)?.noteCommand(UnsafeRawBufferPointer(start: bytes, count: count))
            }
            return 0
        }
        set(CURLOPT_VERBOSE, 1)
        // Called at least once a second, also while libcurl waits for the answer to a mail and cannot be woken.
        ccurl_set_progress_callback(raw) { context, _, _, _, _ in
            SMTPTransfer.at(context)?.isAbandoned() == true ? 1 : 0
        }
        set(CURLOPT_NOPROGRESS, 0)
        let sockets = Unmanaged.passUnretained(sockets).toOpaque()
        set(CURLOPT_SOCKOPTDATA, pointer: sockets)
        set(CURLOPT_CLOSESOCKETDATA, pointer: sockets)
        ccurl_set_socket_callbacks(
            raw,
            { context, socket, _ in
                OpenSockets.at(context)?.insert(socket)
                return CURL_SOCKOPT_OK
            },
            { context, socket in OpenSockets.at(context)?.close(socket) ?? -1 })
    }
}

extension SMTPTransfer {
    fileprivate static func at(_ pointer: UnsafeMutableRawPointer?) -> SMTPTransfer? {
        pointer.map { Unmanaged<SMTPTransfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension OpenSockets {
    fileprivate static func at(_ pointer: UnsafeMutableRawPointer?) -> OpenSockets? {
        pointer.map { Unmanaged<OpenSockets>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
