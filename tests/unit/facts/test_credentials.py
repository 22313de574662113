"""Literal credentials are found with exact spans, and what only looks like one is left alone.

Every token here is made up when the test runs, from pieces, so that no scanner finds one in this file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import string
import time
import zlib

import pytest

from gradeline.facts.credential_data import credential_data
from gradeline.facts.credential_values import credential_name, judge, looks_random, mask
from gradeline.facts.credentials import CredentialFinding, find_credentials
from gradeline.source import SourceFile

ALNUM = string.digits + string.ascii_uppercase + string.ascii_lowercase
B64 = ALNUM + "+/"
HEX = string.hexdigits[:16]


def chars(count: int, alphabet: str = ALNUM, seed: str = "seed") -> str:
    """Characters that look random and are the same in every run."""
    digits = b"".join(hashlib.sha256(f"{seed}{block}".encode()).digest() for block in range(count // 32 + 1))
    return "".join(alphabet[byte % len(alphabet)] for byte in digits[:count])


def with_checksum(prefix: str, seed: str = "github") -> str:
    body = chars(30, seed=seed)
    number, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        check = ALNUM[rest] + check
    return prefix + body + check


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def url64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def pem(kind: str = "PRIVATE KEY", newline: str = "\n") -> str:
    lines = [chars(64, B64, f"pem{number}") for number in range(4)]
    return newline.join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


def find(text: str, path: str = "ci.yml") -> tuple[CredentialFinding, ...]:
    return find_credentials(SourceFile(path, text))


def found(text: str, path: str = "ci.yml") -> list[tuple[str, str]]:
    """Kind and exact text of each finding."""
    source = SourceFile(path, text)
    result = []
    for finding in find_credentials(source):
        lines = list(source.text.split("\n")[finding.span.line - 1 : finding.span.end_line])
        lines[-1] = lines[-1][: finding.span.end_column - 1]
        lines[0] = lines[0][finding.span.column - 1 :]
        result.append((finding.kind, "\n".join(lines)))
    return result


GHP = with_checksum("gh" + "p_")
UNCHECKED = "gh" + "p_" + chars(36, seed="unchecked")
SECRET = chars(40, B64, "aws secret")
KEY_ID = "AK" + "IA" + chars(16, string.ascii_uppercase + "234567", "aws id")
RANDOM = chars(32, seed="random")
JWT = ".".join([url64('{"alg":"HS256","typ":"JWT"}'), url64('{"sub":"ci","iat":1790000000}'), chars(43, seed="jwt")])
HUMAN = "Tr0ub4dor" + "&3"

TOKENS = {
    "github classic": ("github-token", GHP),
    "github oauth": ("github-token", with_checksum("gh" + "o_")),
    "github user-to-server": ("github-token", with_checksum("gh" + "u_")),
    "github installation": ("github-token", with_checksum("gh" + "s_")),
    "github installation as a JWT": ("github-token", "gh" + "s_" + JWT),
    "github refresh": ("github-token", "gh" + "r_" + chars(76, seed="refresh")),
    "github fine-grained": ("github-token", "github" + "_pat_" + chars(22, seed="a") + "_" + chars(59, seed="b")),
    "gitlab personal": ("gitlab-token", "gl" + "pat-" + chars(20, seed="gl")),
    "gitlab routable": ("gitlab-token", "gl" + "pat-" + chars(27, seed="r") + ".01." + chars(9, seed="x").lower()),
    "gitlab deploy": ("gitlab-token", "gl" + "dt-" + chars(20, seed="gldt")),
    "gitlab runner": ("gitlab-token", "gl" + "rt-" + chars(20, seed="glrt")),
    "aws access key id": ("aws-access-key-id", KEY_ID),
    "aws temporary key id": ("aws-access-key-id", "AS" + "IA" + KEY_ID[4:]),
    "slack bot": ("slack-token", "xo" + "xb-" + chars(12, string.digits) + "-" + chars(24, seed="slack")),
    "slack webhook": (
        "slack-webhook",
        "https://hooks.slack"
        ".com/services/T"
        + chars(9, string.ascii_uppercase, "t")
        + "/B"
        + chars(9, string.ascii_uppercase, "u")
        + "/"
        + chars(24, seed="hook"),
    ),
    "discord webhook": (
        "discord-webhook",
        "https://discord" + ".com/api/webhooks/" + chars(18, string.digits, "d") + "/" + chars(68, seed="disc"),
    ),
    "stripe live": ("stripe-key", "sk" + "_live_" + chars(24, seed="stripe")),
    "stripe restricted": ("stripe-key", "rk" + "_live_" + chars(24, seed="stripe")),
    "pypi": ("pypi-token", "py" + "pi-AgEIcHlwaS5vcmc" + chars(120, seed="pypi")),
    "npm": ("npm-token", with_checksum("np" + "m_", "npm")),
    "google api key": ("google-api-key", "AI" + "za" + chars(35, seed="google")),
    "google client secret": ("google-oauth", "GOC" + "SPX-" + chars(28, seed="goc")),
    "azure client secret": ("azure-client-secret", chars(3, seed="z") + "8Q" + "~" + chars(34, seed="azure")),
    "hugging face": ("huggingface-token", "h" + "f_" + chars(34, string.ascii_letters, "hf")),
    "openai": ("openai-key", "s" + "k-" + chars(48, seed="openai")),
    "openai project": ("openai-key", "s" + "k-proj-" + chars(120, seed="openai2")),
    "anthropic": ("anthropic-key", "s" + "k-ant-api03-" + chars(93, seed="ant")),
    "databricks": ("databricks-token", "da" + "pi" + chars(32, HEX, "dapi")),
    "docker hub": ("docker-token", "dckr" + "_pat_" + chars(27, seed="dckr")),
    "jwt": ("jwt", JWT),
    "vault": ("vault-token", "hv" + "s." + chars(90, seed="hvs")),
    "terraform cloud": ("terraform-token", chars(14, seed="tf") + ".atlas" + "v1." + chars(64, seed="tf2")),
    "digitalocean": ("digitalocean-token", "do" + "p_v1_" + chars(64, HEX, "dop")),
    "sendgrid": ("sendgrid-key", "S" + "G." + chars(22, seed="sg") + "." + chars(43, seed="sg2")),
    "twilio": ("twilio-key", "S" + "K" + chars(32, HEX, "twilio")),
    "telegram": ("telegram-token", chars(10, "123456789", "tg") + ":A" + "A" + chars(33, seed="tg2")),
    "grafana": ("grafana-token", "gl" + "sa_" + chars(32, seed="gr") + "_" + chars(8, HEX, "gr2")),
    "age": ("age-key", "AGE-SECRET" + "-KEY-1" + chars(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", "age")),
    "prefect": ("prefect-key", "pn" + "u_" + chars(36, seed="prefect")),
}


@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.parametrize("frame", ["- run: tool {}\n", "# forgotten: {}\n", 'x = "{}"\n', '{{"a": "{}"}}\n'])
def test_a_known_token_is_found_wherever_it_stands_with_its_exact_span(name: str, frame: str) -> None:
    kind, token = TOKENS[name]

    assert found("name: ci\n" + frame.format(token)) == [(kind, token)]


@pytest.mark.parametrize("name", TOKENS)
def test_a_known_token_in_base64_is_found_as_its_encoded_form(name: str) -> None:
    kind, token = TOKENS[name]
    encoded = b64(f"config: {token}\n")

    assert found(f"blob: {encoded}\n") == [(kind, encoded)]


ASSIGNED = {
    "yaml": ("env:\n  DB_PASSWORD: {}\n", "ci.yml"),
    "yaml, double quotes": ('  api_key: "{}"  # prod\n', "ci.yml"),
    "yaml, single quotes": ("  token: '{}'\n", "ci.yml"),
    "yaml, block": ("password: >-\n  {}\n", "ci.yml"),
    "yaml, next line": ("with:\n  password:\n    {}\n", "ci.yml"),
    "yaml, flow": ("env: {{USER: ci, REGISTRY_TOKEN: {}}}\n", "ci.yml"),
    "shell": ("export API_TOKEN={}\n", "deploy.sh"),
    "shell, one command": ("PGPASSWORD={} psql -h db\n", "deploy.sh"),
    "shell default": ('token="${{DEPLOY_TOKEN:-{}}}"\n', "deploy.sh"),
    "dotenv": ("SECRET_KEY='{}'\n", ".env"),
    "dockerfile": ("FROM x\nENV NPM_TOKEN={}\n", "Dockerfile"),
    "dockerfile, old form": ("ENV NPM_TOKEN {}\n", "Dockerfile"),
    "build argument": ("docker build --build-arg PIP_TOKEN={} .\n", "ci.sh"),
    "json": ('{{"clientSecret": "{}", "x": 1}}\n', "sp.json"),
    "python": ('api_key = "{}"\n', "train.py"),
    "python, annotated": ('api_key: str = "{}"\n', "train.py"),
    "python, environ": ('os.environ["API_TOKEN"] = "{}"\n', "train.py"),
    "python, default": ('os.getenv("API_TOKEN", "{}")\n', "train.py"),
    "python, argparse": ('p.add_argument("--api-token", default="{}")\n', "train.py"),
    "python, keyword": ('connect(user="x", password="{}")\n', "train.py"),
    "python, joined": ('api_key = "" + "{}"\n', "train.py"),
    "terraform": ('  secret_key = "{}"\n', "main.tf"),
    "terraform variable": ('variable "db_password" {{\n  type    = string\n  default = "{}"\n}}\n', "main.tf"),
    "groovy": ("def apiToken = '{}'\n", "Jenkinsfile"),
    "jenkins parameter": ("string(name: 'DEPLOY_TOKEN', defaultValue: '{}')\n", "Jenkinsfile"),
    "jenkins environment": ("environment {{\n  NEXUS_PASSWORD = '{}'\n}}\n", "Jenkinsfile"),
    "name and value": ("env:\n  - name: DB_PASSWORD\n    value: {}\n", "deploy.yml"),
    "value and name": ('env:\n  - value: "{}"\n    name: DB_PASSWORD\n', "deploy.yml"),
    "name and value in json": ('{{"name": "DB_PASSWORD", "value": "{}"}}\n', "task.json"),
    "cloudformation default": ("Parameters:\n  DbPassword:\n    Type: String\n    Default: {}\n", "stack.yml"),
    "cloudformation parameter": ("--parameters ParameterKey=DbPassword,ParameterValue={}\n", "deploy.sh"),
    "ini": ("[pypi]\npassword = {}\n", ".pypirc"),
    "npmrc": ("//registry.npmjs.org/:_authToken={}\n", ".npmrc"),
    "properties": ("spring.datasource.password={}\n", "app.properties"),
    "connection string": ("Server=db;User Id=sa;Password={};Encrypt=yes\n", "app.cfg"),
    "jdbc": ("jdbc:postgresql://db/x?user=ci&password={}\n", "app.cfg"),
    "xml": ("<server><password>{}</password></server>\n", "settings.xml"),
    "inventory": ("web1 ansible_user=ci ansible_password={}\n", "hosts"),
    "powershell": ('$env:API_TOKEN = "{}"\n', "deploy.ps1"),
    "option": ("- run: tool --api-token {} --verbose\n", "ci.yml"),
    "option with equals": ("- run: tool --password={}\n", "ci.yml"),
    "option in a list": ("args:\n  - --password\n  - {}\n", "pod.yml"),
    "option in an exec form": ('CMD ["tool", "--password", "{}"]\n', "Dockerfile"),
    "docker login": ("- run: docker login -u ci -p {} registry.acme.io\n", "ci.yml"),
    "docker login in groovy": ("sh 'docker login -u ci -p {}'\n", "Jenkinsfile"),
    "docker login, exec form": ('["docker","login","-p","{}"]\n', "x.json"),
    "docker login, piped": ("echo {} | docker login -u ci --password-stdin\n", "ci.sh"),
    "docker login, printf": ("printf '%s' '{}' | docker login -u ci --password-stdin\n", "ci.sh"),
    "helm registry": ("helm registry login ghcr.io -u x -p '{}'\n", "ci.sh"),
    "twine": ("twine upload -u __token__ -p {} dist/*\n", "ci.sh"),
    "gh here-string": ('gh auth login --with-token <<< "{}"\n', "ci.sh"),
    "mysql": ("mysql -uroot -p{} app\n", "ci.sh"),
    "sshpass": ("sshpass -p {} ssh ci@host\n", "ci.sh"),
    "curl user": ("curl -u ci:{} https://api.acme.io\n", "ci.sh"),
    "curl bearer": ('curl -H "Authorization: Bearer {}" https://api.acme.io\n', "ci.sh"),
    "curl private token": ('curl -H "PRIVATE-TOKEN: {}" https://gitlab.acme.io\n', "ci.sh"),
    "aws configure": ("aws configure set aws_secret_access_key {}\n", "ci.sh"),
    "kubectl literal": ("kubectl create secret generic x --from-literal=password={}\n", "ci.sh"),
    "netrc": ("machine api.acme.io login ci password {}\n", ".netrc"),
    "github fallback": ("token: ${{{{ secrets.DEPLOY_TOKEN || '{}' }}}}\n", "ci.yml"),
    "jinja default": ("password: \"{{{{ db_password | default('{}') }}}}\"\n", "play.yml"),
    "address": ("git clone https://ci:{}@git.acme.io/x.git\n", "ci.sh"),
    "redis address": ("REDIS_URL=redis://:{}@cache.acme.io:6379/0\n", ".env"),
    "token in an address": ("git push https://{}@git.acme.io/x.git\n", "ci.sh"),
    "another name, used as an argument": ("env:\n  COLOUR: {}\nrun: docker login -u ci -p $COLOUR\n", "ci.yml"),
    "another name, through the workflow": ("env:\n  COLOUR: {}\n  password: ${{{{ env.COLOUR }}}}\n", "ci.yml"),
    "another name, twice": ("A={}\nB=$A\nexport API_TOKEN=$B\n", "ci.sh"),
    "another name, piped": ('X={}\necho "$X" | docker login --password-stdin\n', "ci.sh"),
}


@pytest.mark.parametrize("where", ASSIGNED)
def test_a_random_literal_in_a_credentials_place_is_found(where: str) -> None:
    text, path = ASSIGNED[where]

    assert [value for _, value in found(text.format(RANDOM), path)] == [RANDOM]


@pytest.mark.parametrize("where", ASSIGNED)
def test_a_placeholder_in_a_credentials_place_is_no_finding(where: str) -> None:
    text, path = ASSIGNED[where]

    assert found(text.format("your-token-here"), path) == []


@pytest.mark.parametrize(
    "text",
    [
        f"DB_PASSWORD: {HUMAN}\n",
        "DB_PASSWORD: hunter2\n",
        "MYSQL_ROOT_PASSWORD: MyPassword123!\n",
        "password: 'correct9horse'\n",
        'db_password = "S3cr3t"\n',
        "admin_password: 84629173\n",
        "keystore_password: sunshine\n",
        "API_TOKEN: s3cr3tv4lue\n",
        "POSTGRES_PASSWORD: sunsh1ne-2024\n",
        "DATABASE_URL: mysql://root:sunsh1ne@db:3306/churn\n",
        f"stringData:\n  password: {HUMAN}\n",
        f"password: {b64(HUMAN)}\n",
    ],
)
def test_a_literal_a_person_chose_is_found_with_medium_confidence(text: str) -> None:
    assert [finding.confidence for finding in find(text)] == ["medium"]


NOT_FOUND = {
    "github expression": "token: ${{ secrets.GITHUB_TOKEN }}\n",
    "github variable": "password: ${{ vars.REGISTRY_PASSWORD }}\n",
    "shell variable": 'docker login -u ci -p "$REGISTRY_PASSWORD"\n',
    "braced variable": "PASSWORD=${DB_PASSWORD}\n",
    "shell default is empty": "PASSWORD=${DB_PASSWORD:-}\n",
    "command substitution": "TOKEN=$(vault kv get -field=token secret/ci)\n",
    "piped variable": 'echo "$TOKEN" | docker login --password-stdin\n',
    "jinja": "db_password: '{{ vault_db_password }}'\n",
    "cloudformation dynamic reference": "Password: '{{resolve:secretsmanager:prod/db:SecretString:password}}'\n",
    "dynamic reference to a name": "Password: '{{resolve:secretsmanager:simple-ad-pw:SecretString:pw}}'\n",
    "dynamic reference put together": 'P: !Sub "{{resolve:secretsmanager:${DbPassword}:SecretString:password}}"\n',
    "cloudformation tag": "Password: !Ref DbPassword\n",
    "gitlab reference": "token: !reference [.secrets, token]\n",
    "vault tag": "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  " + chars(80, string.digits) + "\n",
    "sops": f"password: ENC[AES256_GCM,data:{chars(20)},iv:{chars(43)}=,tag:{chars(22)}==,type:str]\n",
    "sealed secret": f"kind: SealedSecret\nspec:\n  encryptedData:\n    password: Ag{chars(400, B64)}\n",
    "transit ciphertext": f"token: vault:v1:{chars(60, B64)}\n",
    "one password": "token: op://ci/registry/token\n",
    "arn": "secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:ci-AbCdEf\n",
    "secret path": "password: /run/secrets/db_password\n",
    "key file": "private_key: deploy_key.pem\n",
    "relative path": "ssh_key: keys/ci/id_ed25519\n",
    "angle brackets": "password: <your password>\n",
    "change me": "DB_PASSWORD: CHANGEME\n",
    "change me, in words": "password: please-change-me-now\n",
    "your token": "token: your-token-here\n",
    "example": "api_key: example-api-key-123\n",
    "crosses": "token: xxxxxxxxxxxxxxxxxxxxxxxx\n",
    "stars": "password: '****************'\n",
    "dots": "token: gh" + "p_...\n",
    "to do": "token: TODO\n",
    "counting up": "token: 1234567890abcdef\n",
    "crossed token": "token: gh" + "p_" + "x" * 36 + "\n",
    "token of words": "token: hf_" + "your" * 9 + "\n",
    "aws example id": "aws_access_key_id: AKIA" + "IOSFODNN7EXAMPLE\n",
    "aws example secret": "aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY\n",
    "github docs example": "token: gh" + "o_16C7e42F292c6912E7710c838347Ae178B4a\n",
    "test card": "card_token: '4242424242424242'\n",
    "google docs": "api_key: YOUR_API_KEY\n",
    "sha256": "token: sha256:" + chars(64, HEX) + "\n",
    "hash in a lock file": "click==8.1.8 --hash=sha256:" + chars(64, HEX) + "\n",
    "integrity": '"integrity": "sha512-' + chars(86, B64) + '=="\n',
    "pinned action": "- uses: actions/checkout@" + chars(40, HEX) + "  # v5.0.0\n",
    "image digest": "image: registry.acme.io/app@sha256:" + chars(64, HEX) + "\n",
    "commit": "rev: " + chars(40, HEX) + "\n",
    "uuid": "client_secret: 123e4567-e89b-42d3-a456-426614174000\n",
    "password hash": "password: $2b$12$" + chars(53) + "\n",
    "hash of a password": "password_hash: " + chars(64, HEX) + "\n",
    "public key": "public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA" + chars(40, B64) + "\n",
    "public pem": "-----BEGIN PUBLIC KEY-----\n"
    + chars(64, B64)
    + "\n"
    + chars(64, B64)
    + "\n-----END PUBLIC KEY-----\n",
    "certificate": "-----BEGIN CERTIFICATE-----\n" + chars(64, B64) + "\n-----END CERTIFICATE-----\n",
    "private key header without a key": "echo '-----BEGIN PRIVATE KEY-----'\n",
    "private key placeholder": "-----BEGIN PRIVATE KEY-----\nMIIEv...\n-----END PRIVATE KEY-----\n",
    "permissions": "permissions:\n  id-token: write\n  contents: read\n",
    "inherit": "secrets: inherit\n",
    "cache key": "key: linux-py312-" + chars(32, HEX) + "\n",
    "cache key expression": "key: ${{ runner.os }}-${{ hashFiles('requirements.lock') }}\n",
    "secret names": "secretKeyRef:\n  name: db-secret\n  key: password\n",
    "mounted secret": "volumes:\n  - name: tls\n    secret:\n      secretName: web-tls-2024\n",
    "jenkins credentials": "PASSWORD = credentials('docker-hub-2024-prod1')\n",
    "jenkins binding": "withCredentials([string(credentialsId: 'pypi-token-2', variable: 'TOKEN')]) {}\n",
    "token address": "token_url: https://auth.acme.io/oauth/token\n",
    "password policy": "password_policy: strong9Rules8Here7\n",
    "language model tokens": 'pad_token = "<|endoftext|>"\nmax_tokens: 4096\n',
    "next page": "next_token: " + chars(32) + "\n",
    "boolean": "use_token: true\n",
    "version": "token: v1.2.3\n",
    "prose": "The token: it is read from the environment, never written down.\n",
    "prose about passwords": "password: must have at least 12 characters and 1 digit\n",
    "throwaway service": "services:\n  db:\n    env:\n      POSTGRES_PASSWORD: postgres\n",
    "throwaway address": "DATABASE_URL: postgresql://postgres:postgres@localhost:5432/test\n",
    "throwaway compose address": "DATABASE_URL: postgresql://ci:test@db:5432/test\n",
    "word of a throwaway service": "services:\n  db:\n    env:\n      MYSQL_ROOT_PASSWORD: churnshop\n",
    "word in a compose address": "DATABASE_URL: mysql://root:churnshop@db:3306/churn\n",
    "pattern of a token": "secret = r'([a-zA-Z0-9_-]{44}(?![a-zA-Z0-9_-]))'\n",
    "documented address": "url: https://user:password@example.com/path\n",
    "address with variables": "git clone https://oauth2:${TOKEN}@gitlab.acme.io/x.git\n",
    "address with an expression": "url: https://x:${{ secrets.T }}@github.com/a/b\n",
    "ssh address": "git clone git@github.com:acme/app.git ssh://git@host/x\n",
    "docker port": "docker run -p 8080:80 -e MODE=prod app\n",
    "make directory": "mkdir -p build/password-tools\n",
    "stdin option": "docker login -u ci --password-stdin < /run/secrets/token\n",
    "environment lookup": "token = os.environ['API_TOKEN']\n",
    "bare name in code": "connect(password=password, token=settings.token)\n",
    "kubernetes secret, throwaway": "kind: Secret\ndata:\n  password: " + b64("postgres") + "\n",
    "kubernetes secret, placeholder": "kind: Secret\nstringData:\n  password: <set by the operator>\n",
    "kubernetes secret, short placeholder": "kind: Secret\ndata:\n  password: " + b64("demo") + "\n",
    "base64 of text": "data: " + b64("a plain sentence about nothing in particular") + "\n",
    "email": "password_reset: ops@acme.io\n",
    "word next to a word": "tests/secrets/test_token_rotation_2024.py\n",
    "key in a list of names": 'required = ["password", "username", "api_token"]\n',
    "same name again": "DB_PASSWORD: DB_PASSWORD\n",
}


@pytest.mark.parametrize("what", NOT_FOUND)
def test_what_is_no_credential_is_no_finding(what: str) -> None:
    path = "train.py" if what in {"environment lookup", "bare name in code", "key in a list of names"} else "ci.yml"

    assert found(NOT_FOUND[what], path) == []


HALVES = (GHP[:17], GHP[17:])
SPLIT = {
    "python plus": ("token = '{}' + '{}'\n", "x.py"),
    "python adjacency": ("token = ('{}'\n         '{}')\n", "x.py"),
    "python join": ("token = ''.join(['{}', '{}'])\n", "x.py"),
    "python names": ("a = '{}'\nb = '{}'\nlogin(a + b)\n", "x.py"),
    "python f-string": ("a = '{}'\nb = '{}'\nlogin(f'{{a}}{{b}}')\n", "x.py"),
    "groovy plus": ("def x = '{}' + '{}'\n", "Jenkinsfile"),
    "jinja tilde": ("x: \"{{{{ '{}' ~ '{}' }}}}\"\n", "play.yml"),
    "github format": ("x: ${{{{ format('{{0}}{{1}}', '{}', '{}') }}}}\n", "ci.yml"),
    "shell quotes": ("curl -d '{}'\"{}\" host\n", "ci.sh"),
    "shell quote inside": ('curl -d {}"{}" host\n', "ci.sh"),
    "continued yaml scalar": ('x: "{}\\\n  {}"\n', "ci.yml"),
    "continued shell word": ("x={}\\\n{}\n", "ci.sh"),
    "environment halves": ('env:\n  ONE: {}\n  TWO: {}\nrun: curl -d "$ONE$TWO" host\n', "ci.yml"),
    "braced halves": ("ONE={}\nTWO={}\ncurl -d ${{ONE}}${{TWO}} host\n", "ci.sh"),
    "expression halves": ("env:\n  ONE: {}\n  TWO: {}\nx: ${{{{ env.ONE }}}}${{{{ env.TWO }}}}\n", "ci.yml"),
}


@pytest.mark.parametrize("how", SPLIT)
def test_a_token_cut_in_two_is_found_where_its_first_half_stands(how: str) -> None:
    text, path = SPLIT[how]

    findings = find(text.format(*HALVES), path)

    assert [finding.kind for finding in findings] == ["github-token"]
    assert (
        text.format(*HALVES).split("\n")[findings[0].span.line - 1][findings[0].span.column - 1 :].startswith(HALVES[0])
    )


def test_a_fixed_beginning_and_a_variable_rest_are_found_together() -> None:
    text = f"REST={GHP[4:]}\nexport X=gh" + "p_${REST}\n"

    assert [finding.kind for finding in find(text, "ci.sh")] == ["github-token"]


def test_a_password_put_together_from_two_names_is_found_at_the_first_literal() -> None:
    assert found(f"A={RANDOM[:14]}\nB={RANDOM[14:]}\nAPI_TOKEN=$A$B\n", "ci.sh") == [("token", RANDOM[:14])]


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"])
def test_a_private_key_is_one_finding_from_its_first_to_its_last_line(kind: str) -> None:
    (finding,) = find("key: |\n" + pem(kind) + "\nend: x\n")

    assert (finding.kind, finding.span.line, finding.span.end_line) == ("private-key", 2, 7)


def test_the_private_key_of_a_service_account_file_is_found_in_one_line_of_json() -> None:
    text = json.dumps({"type": "service_account", "private_key": pem() + "\n", "client_email": "ci@x.iam"})

    assert [kind for kind, _ in found(text, "sa.json")] == ["private-key"]


def test_a_private_key_in_base64_is_found_as_in_a_kubeconfig() -> None:
    encoded = b64(pem("RSA PRIVATE KEY"))

    assert found(f"    client-key-data: {encoded}\n", "kubeconfig") == [("private-key", encoded)]


def test_an_aws_secret_key_is_found_by_the_key_id_next_to_it() -> None:
    assert found(f"first = {KEY_ID}\nsecond = {SECRET}\n", "notes.cfg") == [
        ("aws-access-key-id", KEY_ID),
        ("aws-secret-access-key", SECRET),
    ]


def test_forty_characters_without_a_key_id_near_them_are_no_aws_key() -> None:
    assert found(f"second = {SECRET}\n", "notes.cfg") == []


def test_an_azure_connection_string_is_one_finding_at_its_key() -> None:
    key = chars(86, B64, "az") + "=="

    text = f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={key};EndpointSuffix=core.windows.net\n"

    assert found(text, ".env") == [("azure-storage-key", key)]


def test_an_azure_signature_is_found_only_beside_the_other_parts_of_a_shared_access_address() -> None:
    signature = chars(43, ALNUM, "sas") + "="

    assert found(f"https://x.blob.core.windows.net/c?sv=2024-11-04&sr=c&sig={signature}\n") == [
        ("azure-sas", signature)
    ]
    assert found(f"https://x.acme.io/c?sig={signature}\n") == []


def test_values_of_a_secret_manifest_are_found_whatever_their_keys_are_called() -> None:
    encoded = b64(RANDOM)

    assert found(f"kind: Secret\nmetadata:\n  name: x\ndata:\n  colour: {encoded}\n") == [("secret-manifest", encoded)]


def test_a_password_in_a_secret_manifest_is_judged_by_what_it_decodes_to() -> None:
    encoded = b64(HUMAN)

    (finding,) = find(f"kind: Secret\ndata:\n  password: {encoded}\n")

    assert finding.reason == "A literal value is given to password. Base64 hides it from the eye only."


def test_the_login_of_a_docker_config_is_found_in_its_base64() -> None:
    encoded = b64("ci:" + RANDOM)

    assert found(json.dumps({"auths": {"ghcr.io": {"auth": encoded}}}), "config.json") == [("token", encoded)]


def test_an_env_file_in_base64_is_read_like_an_env_file() -> None:
    encoded = b64(f"MODE=prod\nDB_PASSWORD={RANDOM}\n")

    assert found(f"ENV_FILE: {encoded}\n") == [("password", encoded)]


def test_base64_inside_base64_is_not_followed() -> None:
    assert found(f"blob: {b64(b64('x ' + GHP))}\n") == []


def test_a_weak_password_for_a_server_elsewhere_is_found() -> None:
    assert found("DATABASE_URL=postgres://postgres:postgres@db.acme.io/app\n", ".env") == [
        ("address-with-password", "postgres")
    ]


def test_prose_is_searched_for_tokens_but_not_for_words() -> None:
    assert found("The default password: hunter2\n", "README.md") == []
    assert [kind for kind, _ in found(f"Use {GHP} to log in.\n", "README.md")] == ["github-token"]


def test_a_valid_checksum_gives_high_confidence_and_a_wrong_one_medium() -> None:
    assert [finding.confidence for finding in find(f"{GHP}\n{UNCHECKED}\n")] == ["high", "medium"]


def test_the_preview_never_shows_more_than_four_characters() -> None:
    (finding,) = find(f"x: {GHP}\n")

    assert finding.preview == GHP[:4] + "…"
    assert mask("hunter2") == "hu…"


def test_a_reason_never_contains_the_value() -> None:
    for text in (f"PASSWORD={RANDOM}", f"x: {GHP}", f"u: https://a:{RANDOM}@h.io", b64("x " + GHP)):
        for finding in find(text):
            assert RANDOM not in finding.reason
            assert GHP not in finding.reason


def test_windows_line_ends_do_not_change_what_is_found() -> None:
    text = f'env:\r\n  DB_PASSWORD: {RANDOM}\r\n  X: "{GHP}"\r\n'

    assert found(text) == [("password", RANDOM), ("github-token", GHP)]


def test_findings_come_in_the_order_of_their_places_and_twice_the_same() -> None:
    text = f"b: {GHP}\nPASSWORD={RANDOM}\na: {JWT}\n"

    assert [finding.span.line for finding in find(text)] == [1, 2, 3]
    assert find(text) == find(text)


def test_a_flood_of_credentials_is_cut_at_five_hundred() -> None:
    assert len(find("".join(f"TOKEN_{n}={chars(32, seed=str(n))}\n" for n in range(900)), ".env")) == 500


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DB_PASSWORD", "password"),
        ("dbPassword", "password"),
        ("PGPASSWORD", "password"),
        ("spring.datasource.password", "password"),
        ("MYSQL_PWD", "password"),
        ("githubToken", "token"),
        ("X-API-Key", "token"),
        ("aws_secret_access_key", "token"),
        ("TOKEN_2", "token"),
        ("SECRET_KEY_BASE64", "token"),
        ("password_policy", None),
        ("id-token-permissions", None),
        ("cache-key", None),
        ("key", None),
        ("public_key", None),
        ("secretName", None),
        ("max_tokens", None),
        ("credentialsId", None),
        ("passwordVariable", None),
        ("tokenizer", None),
        ("compass", None),
        ("monkey", None),
    ],
)
def test_the_last_word_of_a_name_says_what_it_holds(name: str, kind: str | None) -> None:
    assert credential_name(name) == kind


def test_random_means_made_by_a_generator_and_not_put_together_from_words() -> None:
    assert looks_random(chars(24, seed="a"))
    assert looks_random(chars(40, HEX, "b"))
    assert not looks_random("production-database-primary-2024")
    assert not looks_random("registry.acme.io/team/app")
    assert judge("production-database-primary-2024", "token") is None


def test_every_format_names_its_source_and_has_a_needle() -> None:
    formats = credential_data().formats

    assert [format_.kind for format_ in formats if not format_.source or not format_.needles] == []
    assert len({format_.kind for format_ in formats}) >= 35


def test_no_pattern_counts_a_group_that_counts() -> None:
    """A repeated group with a repetition inside is what makes matching exponential."""
    from gradeline.facts import (
        credential_arguments,
        credential_assignments,
        credential_literals,
        credential_values,
        credential_views,
        credentials,
    )

    modules = (
        credential_arguments,
        credential_assignments,
        credential_literals,
        credential_values,
        credential_views,
        credentials,
    )
    patterns = [value for module in modules for value in vars(module).values() if isinstance(value, re.Pattern)]
    patterns += [format_.pattern for format_ in credential_data().formats]

    assert len(patterns) > 60
    assert [pattern.pattern for pattern in patterns if _nested(pattern.pattern)] == []


def _nested(pattern: str) -> bool:
    parser = re._parser  # type: ignore[attr-defined]
    repeats = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}

    def parts(operator: str, argument: object) -> list[object]:
        index = {"SUBPATTERN": 3, "BRANCH": 1, "ASSERT": 1, "ASSERT_NOT": 1}.get(operator)
        if index is None:
            return []
        found = argument[index]  # type: ignore[index]
        return list(found) if operator == "BRANCH" else [found]

    def walk(items: object, inside: bool) -> bool:
        for operator, argument in items:  # type: ignore[attr-defined]
            if str(operator) in repeats:
                _, high, body = argument
                counts = int(high) > 4
                if (inside and counts) or walk(body, inside or counts):
                    return True
            elif any(walk(part, inside) for part in parts(str(operator), argument)):
                return True
        return False

    return walk(parser.parse(pattern), False)


SIZE = 256 * 1024
HOSTILE = {
    "one letter": "a",
    "token starts": "gh" + "p_",
    "eyJ": "eyJ",
    "eyJ and dots": "eyJaaaaaaaaaaaaaa.",
    "underscores": "github" + "_pat_aaaaaaaaaaaaaaaaaaaaaa_",
    "quotes": '"',
    "mixed quotes": "\"'",
    "escaped quotes": '\\"',
    "quote and plus": '" + "',
    "equals": "password=",
    "colons": "password: ",
    "colon and quote": 'password: "',
    "colon and comment": "password: a # ",
    "values": "value: ",
    "indented values": "\n    value: x",
    "names and values": "- name: x_token\n  value: y\n",
    "names": "name=",
    "references": "$A",
    "assigned references": "A=$A\n",
    "chained references": "token=$a a=$token ",
    "expressions": "${{ env.A }}",
    "open expressions": "${{ ",
    "open braces": "{{",
    "addresses": "://",
    "addresses with colons": "://a:",
    "addresses with passwords": "https://a:aaaaaaaaaaaaaaaaaaaaaaaa",
    "key headers": "-----BEGIN RSA PRIVATE KEY-----",
    "key headers and lines": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n",
    "key ids": KEY_ID + " ",
    "base64": b64("password=abc\n") + " ",
    "base64, long": "QUFB",
    "logins": "docker login ",
    "dockers": "docker ",
    "mysql": "mysql -p",
    "curl": "curl -u a:b ",
    "options": "--password ",
    "options without value": "--password --password\n",
    "piped": "echo x | docker login --password-stdin ",
    "backslashes": "\\\n",
    "backslashes and blanks": " \\\n   ",
    "blanks": " ",
    "blank lines": "\n",
    "sums": "a + ",
    "secrets": "kind: Secret\n---\n",
    "secret rows": "kind: Secret\ndata:\n  a: QUFBQUFBQUFB\n",
    "fallbacks": "token || '",
    "elements": "<password>",
    "machines": "machine a login b password ",
    "sig": "sig=",
    "percent": "%41",
    "nulls": "\x00",
    "wide": "\U0001f511",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_of_the_largest_size_takes_less_than_a_second(what: str) -> None:
    unit = HOSTILE[what]
    source = SourceFile("ci.yml", (unit * (SIZE // len(unit) + 1))[:SIZE])
    credential_data()

    start = time.process_time()
    findings = find_credentials(source)

    assert time.process_time() - start < 4.0
    assert len(findings) <= 500


@pytest.mark.parametrize("what", ["equals", "references", "sums", "quote and plus", "colon and quote"])
def test_a_hostile_program_takes_less_than_a_second(what: str) -> None:
    unit = HOSTILE[what]
    source = SourceFile("x.py", (unit * (SIZE // len(unit) + 1))[:SIZE])

    start = time.process_time()
    find_credentials(source)

    assert time.process_time() - start < 4.0


def test_the_compiled_data_is_what_the_yaml_says() -> None:
    from gradeline.facts import compile_credentials

    assert compile_credentials.COMPILED.read_text(encoding="utf-8") == compile_credentials.text(), (
        "run python -m gradeline.facts.compile_credentials"
    )
