import DaybookHandlers
import Mail

extension EmailSettings {
    init(name: String, _ reader: inout SettingsReader) {
        self.init(
            name: name, server: reader.required("server"), from: reader.required("from"), to: reader.strings("to"))
        port = reader.integer("port", in: 1...65535).map { UInt16($0) }
        security = reader.choice("security") ?? security
        user = reader.string("user")
        password = reader.secret("password")
        authorityFile = reader.string("authorityFile")
        verifiesCertificate = reader.bool("verifiesCertificate") ?? verifiesCertificate
        clientName = reader.string("clientName") ?? clientName
        connectTimeout = reader.duration("connectTimeout") ?? connectTimeout
        timeout = reader.duration("timeout") ?? timeout
        cc = reader.strings("cc")
        bcc = reader.strings("bcc")
        subjectTemplate = reader.template("subjectTemplate")
        textTemplate = reader.template("textTemplate")
        htmlTemplate = reader.template("htmlTemplate")
        sendsHTML = reader.bool("sendsHTML") ?? sendsHTML
        var digest = EmailDigest()
        let isDigest = reader.section("digest") { reader in
            digest.count = reader.integer("count", in: 2...10_000) ?? digest.count
            digest.time = reader.duration("time") ?? digest.time
        }
        if isDigest { self.digest = digest }
    }
}
