# The grader as an image, for GitLab and Jenkins: `grade ci` in a checkout that is mounted or cloned there.
# Everything is installed from files that pin it by hash; nothing of a submission is ever part of a build.
# The image index of Python 3.12.14, built 25 August 2026; dependabot moves it.
FROM python:3.12-slim-bookworm@sha256:0f5b26b9518d002b6173fd61daad821fa340635ebfec5bba471013f9ca114579 AS build

WORKDIR /build
COPY requirements/run.txt requirements/
RUN python -m venv /opt/gradeline \
    && /opt/gradeline/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/run.txt

COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY requirements/checkov.txt requirements/run.txt requirements/
COPY graders graders
COPY cli cli
COPY exercises exercises
COPY rubrics rubrics
RUN /opt/gradeline/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm@sha256:0f5b26b9518d002b6173fd61daad821fa340635ebfec5bba471013f9ca114579

# git shows what a merge request changes; the version of the distribution is the one that gets its repairs.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 grader

COPY --from=build /opt/gradeline /opt/gradeline
ENV PATH="/opt/gradeline/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1

USER 10001
WORKDIR /work
ENTRYPOINT []
CMD ["grade", "--help"]
