import Testing

@testable import DaybookHandlers

@Suite struct NetworkAddressTests {
    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.0.1",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1",
        "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1",
        "2002:7f00:1::1", "2001::1", "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1",
        "fec0::1", "ff02::1", "100::1", "4000::1",
    ])
    func refuses(_ text: String) throws {
        #expect(try #require(NetworkAddress(text)).specialUse != nil)
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.1", "126.1.1.1", "128.0.0.1",
        "169.253.1.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "192.169.1.1", "198.17.1.1", "198.20.1.1",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2001:4860::8888",
    ])
    func allows(_ text: String) throws {
        #expect(try #require(NetworkAddress(text)).specialUse == nil)
    }

    @Test func isWrittenAsItIsRead() {
        for text in ["192.0.2.7", "2001:db8::7", "::1"] { #expect(NetworkAddress(text)?.description == text) }
        for text in ["", "localhost", "127.1", "1.2.3", "0x7f000001", ":::", "[::1]"] {
            #expect(NetworkAddress(text) == nil)
        }
    }
}
