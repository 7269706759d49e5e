// Says in words when the browser or the key did not do its part.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const card = document.querySelector(".door-card");
  const box = document.createElement("div");
  box.className = "error-summary";
  box.setAttribute("role", "alert");
  box.textContent = "認証キーを使えませんでした。キーを挿し直すか、触れる時間内に操作して、もう一度やり直してください。";
  card.querySelector(".error-summary")?.remove();
  card.querySelector("h1").after(box);
});
