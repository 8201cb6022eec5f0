package dev.polymath.gateway;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the connections of each port and closes those over HTTP/1 that are idle, or whose client takes its time to send the head of a
 * request: neither Vert.x nor Quarkus has a limit for these. Netty makes one for each server, through its service loader.
 */
public final class ConnectionLimits extends ChannelInitializerExtension {
    private static final AttributeKey<Guard> GUARD = AttributeKey.valueOf(ConnectionLimits.class, "guard");
    private static final AttributeKey<AtomicInteger> OPEN = AttributeKey.valueOf(ConnectionLimits.class, "open");

    private static volatile GatewayConfig.@Nullable Limits limits;

    /** Of the servers that are started from now on; before the first use of Netty. */
    static void install(GatewayConfig.Limits limits) {
        System.setProperty(EXTENSIONS_SYSTEM_PROPERTY, "serviceload");
        ConnectionLimits.limits = limits;
    }

    /** Takes down that a request has come, and when it has been answered. */
    static void begin(RoutingContext context) {
        HttpConnection connection = context.request().connection();
        Guard guard = connection instanceof ConnectionBase base
                ? base.channel().attr(GUARD).get()
                : null;
        if (guard != null) {
            guard.begin();
            context.addEndHandler(ended -> guard.end());
        }
        context.next();
    }

    @Override
    public void postInitializeServerListenerChannel(ServerChannel channel) {
        channel.attr(OPEN).set(new AtomicInteger());
    }

    @Override
    public void postInitializeServerChildChannel(Channel channel) {
        GatewayConfig.Limits current = limits;
        AtomicInteger open = channel.parent().attr(OPEN).get();
        if (current != null && open != null) {
            Guard guard = new Guard(current, open);
            channel.attr(GUARD).set(guard);
            channel.pipeline().addFirst(guard);
        }
    }

    /** Of one connection; all on its event loop. */
    private static final class Guard extends ChannelInboundHandlerAdapter {
        private final GatewayConfig.Limits limits;
        private final AtomicInteger open;
        private @Nullable ChannelHandlerContext context;
        private @Nullable ScheduledFuture<?> timer;
        private int requests;
        private boolean head;

        Guard(GatewayConfig.Limits limits, AtomicInteger open) {
            this.limits = limits;
            this.open = open;
        }

        @Override
        public void channelActive(ChannelHandlerContext active) throws Exception {
            context = active;
            active.channel().closeFuture().addListener(closed -> {
                stopTimer();
                open.decrementAndGet();
            });
            if (open.incrementAndGet() > limits.connections()) {
                var unused = active.close();
                return;
            }
            closeAfter(limits.idleTimeout().toMillis());
            super.channelActive(active);
        }

        @Override
        public void channelRead(ChannelHandlerContext reading, Object message) throws Exception {
            if (requests == 0 && !head) {
                head = true;
                closeAfter(limits.headTimeout().toMillis());
            }
            super.channelRead(reading, message);
        }

        void begin() {
            requests++;
            head = false;
            stopTimer();
        }

        void end() {
            requests--;
            if (requests == 0) {
                closeAfter(limits.idleTimeout().toMillis());
            }
        }

        private void closeAfter(long millis) {
            stopTimer();
            ChannelHandlerContext current = context;
            if (current != null && current.channel().isActive()) {
                timer = current.executor().schedule(() -> close(current), millis, TimeUnit.MILLISECONDS);
            }
        }

        /** HTTP/2 has frames that are no request, and limits of its own. */
        private static void close(ChannelHandlerContext context) {
            if (context.pipeline().get(Http2ConnectionHandler.class) == null) {
                var unused = context.close();
            }
        }

        private void stopTimer() {
            if (timer != null) {
                timer.cancel(false);
                timer = null;
            }
        }
    }
}
