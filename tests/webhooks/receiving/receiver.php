<?php
// `VERIFIED=verified.php php -S 127.0.0.1:0 receiver.php` answers 204 to what `verified` accepts, and 401.

require getenv("VERIFIED");

$accepted = verified(getenv("WEBHOOK_SECRET"), $_SERVER, file_get_contents("php://input"));
http_response_code($accepted ? 204 : 401);
