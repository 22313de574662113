#!/usr/bin/env bash
# Runs all tests and keeps what they said.

mkdir -p reports
pytest tests --junitxml=reports/tests.xml | tee reports/tests.log
