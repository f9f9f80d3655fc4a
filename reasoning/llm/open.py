"""Opens a model by its name: a local file, a transformers folder, or any provider that LangChain knows."""

import importlib.util
import os
from pathlib import Path
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from reasoning.llm.errors import ModelMisconfigured
from reasoning.llm.pull import default_model_path

__all__ = ["close_model", "open_model"]

_LOCAL: Final = "local"
_TRANSFORMERS: Final = "transformers"
_OPENAI: Final = "openai"
_NO_KEY: Final = "none"  # OpenAI's client insists on a key; servers of one's own mostly want none


def open_model(
    name: str,
    *,
    base_url: str | None = None,
    api_key: SecretStr | str | None = None,
    timeout: float = 60,
    threads: int | None = None,
) -> BaseChatModel:
    """Return the chat model called `name`. Local models are loaded here: call this off the event loop.

    Args:
        name: `local` for the pulled default model, the path of a `.gguf` file, `transformers:PATH`
            for a folder or file that transformers reads, or `PROVIDER:MODEL` as LangChain has it.
        base_url: where an OpenAI-compatible server (vLLM, Ollama, llama.cpp, DashScope, DeepSeek) listens.
        api_key: the server's key; without one, the provider's own environment variable counts.
        timeout: seconds that one request over the network may take.
        threads: CPU threads of a local model; None for one per physical core.

    Raises:
        ModelMisconfigured: a package, the file or the name is missing or wrong; the message says what to do.
    """
    provider, _, model = name.partition(":")
    if name == _LOCAL or (name.lower().endswith(".gguf") and provider != _TRANSFORMERS):
        from reasoning.llm.gguf import GgufChat

        path = default_model_path() if name == _LOCAL else Path(name).expanduser()
        return GgufChat(path=path, threads=threads)
    if provider == _TRANSFORMERS and model:
        from reasoning.llm.transformers_chat import TransformersChat

        return TransformersChat(path=Path(model).expanduser(), threads=threads)
    if model and provider.replace("_", "").isalnum():
        return _provided(provider, model, base_url or None, _secret(api_key), timeout)
    message = (
        f"{name!r} names no model; set BENCAO_MODEL to `local`, to the path of a .gguf file, to "
        "`transformers:FOLDER` or to `PROVIDER:MODEL`, e.g. `openai:NAME` with BENCAO_MODEL_BASE_URL"
    )
    raise ModelMisconfigured(message, setting="BENCAO_MODEL", value=name)


def close_model(model: BaseChatModel) -> None:
    """Free what a local model holds; other models hold nothing that outlives their requests."""
    close = getattr(model, "close", None)
    if callable(close):
        close()


def _secret(key: SecretStr | str | None) -> SecretStr | None:
    text = key.get_secret_value() if isinstance(key, SecretStr) else key
    return SecretStr(text) if text else None


def _provided(
    provider: str, model: str, base_url: str | None, api_key: SecretStr | None, timeout: float
) -> BaseChatModel:
    if provider == _OPENAI and importlib.util.find_spec("langchain_openai") is None:
        message = f"`{provider}:` models need the package langchain-openai: pip install 'bencao[openai]'"
        raise ModelMisconfigured(message, extra="openai")
    from langchain.chat_models import init_chat_model

    arguments: dict[str, Any] = {"temperature": 0, "timeout": timeout}
    if base_url:
        arguments["base_url"] = base_url
    if api_key:
        arguments["api_key"] = api_key
    if provider == _OPENAI:
        # Retrying is the agent's to decide. The answers' cost is counted, so the server has to report it.
        arguments |= {"max_retries": 0, "stream_usage": True}
        if base_url and not api_key and not os.environ.get("OPENAI_API_KEY"):
            arguments["api_key"] = SecretStr(_NO_KEY)
    try:
        chat: BaseChatModel = init_chat_model(model, model_provider=provider, **arguments)
    except ImportError as error:
        message = f"`{provider}:` models need one more package: {error}"
        raise ModelMisconfigured(message, setting="BENCAO_MODEL", value=f"{provider}:{model}") from error
    except Exception as error:  # each provider's own: an unknown provider, a missing key, a malformed address
        message = f"cannot open `{provider}:{model}`: {str(error)[:300]}; check BENCAO_MODEL and BENCAO_MODEL_API_KEY"
        raise ModelMisconfigured(message, setting="BENCAO_MODEL", value=f"{provider}:{model}") from error
    return chat
