package dev.polymath.gateway;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.quarkus.tls.TlsConfiguration;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.NullUnmarked;

/** The certificate of the gRPC port, that of the HTTPS port; new connections get the one that was loaded last. Thread-safe. */
final class ServerTls {
    private final Vertx vertx;
    private final String name;
    private final Latest latest;

    /** @throws IllegalArgumentException if the configuration has no usable key */
    ServerTls(TlsConfiguration tls, Vertx vertx) {
        this.vertx = vertx;
        this.name = tls.getName();
        this.latest = new Latest(keys(tls));
    }

    SslContext context() {
        try {
            return GrpcSslContexts.configure(SslContextBuilder.forServer((KeyManager) latest))
                    .build();
        } catch (SSLException e) {
            throw new IllegalArgumentException("the TLS configuration " + name + " cannot be used", e);
        }
    }

    /** Takes the keys of a configuration that was loaded again, if it is the one in use. */
    void update(String changed, TlsConfiguration tls) {
        if (changed.equals(name)) {
            latest.keys = keys(tls);
        }
    }

    private X509ExtendedKeyManager keys(TlsConfiguration tls) {
        try {
            KeyCertOptions options = tls.getKeyStoreOptions();
            return (X509ExtendedKeyManager)
                    Arrays.stream(options.getKeyManagerFactory(vertx).getKeyManagers())
                            .filter(X509ExtendedKeyManager.class::isInstance)
                            .findFirst()
                            .orElseThrow();
        } catch (Exception e) {
            throw new IllegalArgumentException("the TLS configuration " + name + " has no usable key", e);
        }
    }

    @NullUnmarked
    private static final class Latest extends X509ExtendedKeyManager {
        private volatile X509ExtendedKeyManager keys;

        Latest(X509ExtendedKeyManager keys) {
            this.keys = keys;
        }

        @Override
        public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
            return keys.chooseEngineServerAlias(keyType, issuers, engine);
        }

        @Override
        public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return keys.chooseServerAlias(keyType, issuers, socket);
        }

        @Override
        public String[] getServerAliases(String keyType, Principal[] issuers) {
            return keys.getServerAliases(keyType, issuers);
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return keys.getClientAliases(keyType, issuers);
        }

        @Override
        public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
            return keys.chooseClientAlias(keyTypes, issuers, socket);
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return keys.getCertificateChain(alias);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return keys.getPrivateKey(alias);
        }
    }
}
