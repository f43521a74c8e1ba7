# Syllabary in a container; compose.yaml runs it with a worker and Redis. See docs/deployment.md.
FROM python:3.11-slim

# Where PyTorch comes from: without a GPU, or for your CUDA version (https://pytorch.org/get-started/locally).
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# The number of the user that everything runs as: the owner of the folder with the projects.
ARG UID=1000
# Debian packages to add, such as ffmpeg for m4a, aac and wma.
ARG PACKAGES=""

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

RUN if [ -n "$PACKAGES" ]; then \
      apt-get update && apt-get install -y --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/*; \
    fi
RUN useradd --uid "$UID" --user-group --create-home syllabary \
 && install -d -o syllabary -g syllabary -m 700 /projects /state /cache

WORKDIR /opt/syllabary
COPY requirements.txt requirements-redis.txt ./
RUN pip install --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)" \
 && pip install -r requirements.txt -r requirements-redis.txt
COPY . .
RUN python -m compileall -q app.py pages pipeline

ENV SYLLABARY_PLACE=/projects SYLLABARY_DATA_ROOT=/projects SYLLABARY_STATE=/state SYLLABARY_CACHE=/cache \
    NUMBA_CACHE_DIR=/cache/numba WEB_CONCURRENCY=4
USER syllabary
VOLUME ["/projects", "/state", "/cache"]
EXPOSE 8050
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s \
  CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8050/healthz', timeout=8)"]
CMD ["gunicorn", "app:server", "--bind", "0.0.0.0:8050", "--worker-class", "gthread", "--threads", "8", \
     "--timeout", "120", "--graceful-timeout", "60", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
