# What k8s/image --gpu --base takes: CUDA 12, cuDNN 9 and a JRE on a glibc Linux. Build and push it once; it changes with CUDA only.
FROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openjdk-17-jre-headless \
    && rm -rf /var/lib/apt/lists/*
