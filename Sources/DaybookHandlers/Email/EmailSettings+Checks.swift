import Daybook
import Mail

extension EmailSettings {
    /// - Throws: ``InvalidSetting``, naming the setting.
    func check() throws(InvalidSetting) {
        _ = try smtpServer(password: "")
        if user == nil, password != nil { throw invalid("user", "is missing, and there is a password") }
        if user != nil, password == nil { throw invalid("password", "is missing, and there is a user") }
        if user?.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) == true {
            throw invalid("user", "holds control characters")
        }
        if user != nil, security == .none, !isLoopback {
            throw invalid("security", "'none' would send the password readable for everybody on the way")
        }
        if let digest {
            if digest.count < 2 { throw invalid("digest.count", "must be at least 2") }
            if digest.time < .zero { throw invalid("digest.time", "must not be negative") }
        }
        if !sendsHTML, htmlTemplate != nil { throw invalid("htmlTemplate", "is set, and 'sendsHTML' is false") }
    }

    func smtpServer(password: String) throws(InvalidSetting) -> SMTPServer {
        do {
            return try SMTPServer(
                host: server, port: port, security: security,
                login: user.map { SMTPLogin(user: $0, password: password) },
                authorityFile: authorityFile, verifiesCertificate: verifiesCertificate, clientName: clientName,
                connectTimeout: connectTimeout, timeout: timeout)
        } catch {
            throw invalid(error.part == .host ? "server" : error.part.rawValue, error.reason)
        }
    }

    func address(_ text: String, _ setting: String) throws(InvalidSetting) -> MailAddress {
        do {
            return try MailAddress(text)
        } catch {
            throw invalid(setting, error.description)
        }
    }

    func addresses(_ texts: [String], _ setting: String) throws(InvalidSetting) -> [MailAddress] {
        var addresses: [MailAddress] = []
        for text in texts { addresses.append(try address(text, setting)) }
        return addresses
    }

    private var isLoopback: Bool { server == "localhost" || server == "::1" || server.hasPrefix("127.") }
}
