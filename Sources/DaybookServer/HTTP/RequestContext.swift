import Daybook
import Hummingbird
import NIOCore

/// What goes along with a request through middleware and routes.
struct ServerRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address that the request came from.
    let peer: SocketAddress?
    /// Who asks; nobody before the ``Gatekeeper`` has let the request to its route.
    var access = RequestAccess.nobody

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress
    }

    var caller: Caller { access.caller }
}
